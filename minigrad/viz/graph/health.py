"""What a picture warns of: not finite, all zero, exploding, vanishing; and what was bad first."""
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..common.text import norm, number
from . import engine
from .sweep import Sweep
from .walk import Graph, Value

EXPLODING, VANISHING = 1e3, 1e-5     # a gradient's norm, against that of what backward starts from
HUGE = 1e6                           # a value's root mean square


@dataclass(frozen=True)
class Sign:
    """A warning: a symbol and words, and colours that say it a second time."""
    symbol: str
    words: str
    wash: str
    line: str
    weight: int                      # of two warnings the heavier one colours the box

    def __str__(self) -> str:
        return f"{self.symbol} {self.words}"


def bad(words: str) -> Sign:
    return Sign("✖", words, "#fde2e1", "#b3261e", 4)


def finite(x: Any) -> bool:
    return bool(np.isfinite(np.asarray(x, np.float64)).all())


def value_sign(value: Value) -> Sign | None:
    """What is wrong with a value, if anything. Zeros warn where they were made of other numbers."""
    x = np.asarray(value.array)
    if engine.freed(value.thing) or x.dtype.kind not in "fiu" or not x.size:
        return None
    if not finite(x):
        return bad(f"{_kinds(x)} in the value")
    if x.size > 1 and not x.any() and any(np.any(parent.array) for parent in value.parents()):
        return Sign("○", "value all zero", "#e3e6ea", "#64748b", 2)
    if norm(x) / np.sqrt(x.size) > HUGE:
        return Sign("▲", "value very large", "#ffe3c2", "#b45309", 3)
    return None


def gradient_sign(gradient: Any, start: float) -> Sign | None:
    """What is wrong with a gradient, if anything; `start` is the norm of backward's first one."""
    if gradient is None or not np.size(gradient):
        return None
    if not finite(gradient):
        return bad(f"{_kinds(np.asarray(gradient))} in the gradient")
    size = norm(gradient)
    if size == 0:
        return Sign("○", "gradient all zero", "#e3e6ea", "#64748b", 2)
    if size > EXPLODING * start:
        return Sign("▲", f"exploding, {number(size, 2)}", "#ffe3c2", "#b45309", 3)
    if size < VANISHING * start:
        return Sign("▽", f"vanishing, {number(size, 2)}", "#f3f0fa", "#64748b", 1)
    return None


def _kinds(x: np.ndarray) -> str:
    kinds = [word for word, there in (("NaN", np.isnan(x)), ("Inf", np.isinf(x))) if there.any()]
    return " and ".join(kinds)


def first_bad_value(graph: Graph) -> Value | None:
    """The oldest value that is not finite: forward broke there."""
    return next((value for value in graph.values
                 if (sign := value_sign(value)) and sign.weight == 4), None)


def first_bad_rule(sweep: Sweep) -> Value | None:
    """The first node at which backward made a gradient that is not finite out of one that was."""
    return next((flow.node for flow in sweep.flows
                 if not finite(flow.contribution) and finite(flow.incoming)), None)


def statistics(x: Any) -> str:
    """`mean 0.5, std 0.1, largest 2`: of the finite elements; how many are not."""
    x = np.asarray(x)
    if x.dtype.kind not in "fiub" or x.size == 0:
        return ""
    x = x.astype(np.float64)
    good = x[np.isfinite(x)]
    said = []
    if good.size:
        said = [f"mean {number(good.mean())}, std {number(good.std())}, "
                f"largest {number(np.abs(good).max())}"]
    if good.size < x.size:
        said.append(f"{x.size - good.size:,} of {x.size:,} not finite")
    return "; ".join(said)
