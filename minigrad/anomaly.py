"""detect_anomaly: where the first NaN or Inf was born. Outside its block it costs nothing."""
from contextlib import ContextDecorator

import numpy as np

from . import lines
from .graph import Node, TensorBase, history, raw
from .watch import Observer, listen, observers


class AnomalyError(RuntimeError):
    """What `detect_anomaly` raises: `operation` is the guilty one's name, `node` what it made."""

    def __init__(self, message: str, node: TensorBase, operation: str):
        super().__init__(message)
        self.node, self.operation = node, operation


class detect_anomaly(ContextDecorator):
    """While on, the first operation that makes NaN or Inf out of finite numbers raises.

    In forward and in backward. The message says the operation, its shapes, the range of each input
    and the line of your program that made the node. An Inf that an operation was given (a mask of
    −inf) is not its fault; a NaN that it makes of one is. With `check_nan=False` nothing is
    checked, and only the lines are noted, for `made_at` and for the tooltips of pictures. Slow, as
    it looks at every number: for the day when something is wrong.

    >>> p = mg.tensor([0.5, 0.0], requires_grad=True)
    >>> try:
    ...     with mg.detect_anomaly():
    ...         p.log().sum()
    ... except mg.anomaly.AnomalyError as error:
    ...     print(error)                                               # doctest: +ELLIPSIS
    'log' made Inf: 1 of 2 numbers, shape (2,)
        input 0: shape (2,), from 0 to 0.5
        at ..., line 3: p.log().sum()
    """

    def __init__(self, check_nan: bool = True):
        self.check_nan, self.watching = check_nan, []

    def __enter__(self):
        self.watching.append(_Watchman(self.check_nan))
        listen(self.watching[-1])
        return self

    def __exit__(self, *_):
        observers.remove(self.watching.pop())


def made_at(node: TensorBase | Node) -> str | None:
    """Where your program made a node: "train.py, line 12", "line 3 of the cell that …", or None.

    Noted are the nodes that were made under `detect_anomaly()`, the last 100,000 of them.

    >>> with mg.detect_anomaly(check_nan=False):
    ...     y = mg.ones(2, requires_grad=True) * 2
    >>> mg.anomaly.made_at(y).endswith("line 2")
    True
    """
    noted = lines.line_of((history(node) if isinstance(node, TensorBase) else node).born)
    return noted and lines.place(*noted)


class _Watchman(Observer):
    """Looks at every value that is made and at what every rule gives."""

    def __init__(self, check: bool):
        self.check, self.inside = check, 0       # inside a rule: what it computes is its own

    def made(self, out, op, inputs, arrays, tracked):
        lines.remember(out.node.born)
        if not self.inside:
            self.look(out.value, [*arrays, *out.node.settings.values()], out.node, op.__name__,
                      lambda many: [f"'{op.__name__}' made {many}", *_inputs(arrays, inputs)])

    def rules(self, node, rules):
        return [rule and self._watched(node, rule, i)
                for i, rule in zip(range(len(node.inputs)), rules)]

    def _watched(self, node, rule, i):
        name = node.op.__name__

        def watched(g, out, *args, **settings):
            self.inside += 1
            try:
                gx = rule(g, out, *args, **settings)
            finally:
                self.inside -= 1
            self.look(raw(gx), [g, out, *args, *settings.values()], node, name, lambda many: [
                f"backward through '{name}' made {many}, in the gradient for its input {i}",
                f"gradient that arrived: {_range(raw(g))}", *_inputs(args, node.inputs),
                f"output: {_range(raw(out))}"])
            return gx
        return watched

    def hooked(self, node, before, after):
        whose = f"a tensor{_name(node)} of shape {node.value.shape}"
        self.look(raw(after), [before], node, "hook", lambda many: [
            f"a hook made {many}, in the gradient of {whose}",
            f"gradient that arrived: {_range(raw(before))}"])

    def look(self, made, given, node, name, says):
        """Raise for a NaN or Inf that nothing given explains, with the lines that `says` has."""
        if self.check and (kind := _new_kind(made, given)):
            said = [*says(_amount(made, kind)), *_line(node)]
            raise AnomalyError("\n    ".join(said), node, name)


def _new_kind(out, given) -> str | None:
    """"NaN" or "Inf" if there is one in `out` that what was given does not explain."""
    out = np.asarray(out)
    if out.dtype.kind not in "fc" or np.isfinite(out).all():
        return None
    kinds = float, np.ndarray, np.generic
    given = [np.asarray(x) for x in map(raw, given) if isinstance(x, kinds)]
    floats = [x for x in given if x.dtype.kind in "fc"]
    if any(np.isnan(a).any() for a in floats):
        return None                              # a NaN explains everything
    if np.isnan(out).any():
        return "NaN"                             # an Inf does not: ∞ − ∞ is made here
    return None if any(np.isinf(a).any() for a in floats) else "Inf"

def _amount(x, kind: str) -> str:
    many = int((np.isnan(x) if kind == "NaN" else np.isinf(x)).sum())
    return f"{kind}: {many:,} of {x.size:,} number{'s' * (x.size != 1)}, shape {x.shape}"

def _inputs(values, named=None) -> list[str]:
    """A line for each input; `named` are the tensors or nodes that know their names."""
    return [f"input {i}{_name(x)}: {_range(raw(a))}"
            for i, (x, a) in enumerate(zip(named or values, values))]

def _name(x) -> str:
    name = getattr(x, "name", None)
    return f" '{name}'" if name else ""

def _range(x) -> str:
    """`shape (2, 3), from -1 to 2.5`, of the numbers that are finite."""
    x = np.asarray(x)
    if x.ndim == 0:
        return f"the number {x.item():.4g}" if x.dtype.kind in "biuf" else f"{x.item()!r:.40}"
    finite = x[np.isfinite(x)] if x.dtype.kind in "fc" else x
    if not finite.size:
        return f"shape {x.shape}, nothing finite"
    strange = f", and {x.size - finite.size:,} not finite" * (x.size > finite.size)
    return f"shape {x.shape}, from {finite.min():.4g} to {finite.max():.4g}{strange}"

def _line(node) -> list[str]:
    """The user's line that made a node."""
    noted = lines.line_of(node.born)
    if noted is None:
        return ["(it was made outside detect_anomaly, so its line was not noted)"]
    text = lines.text(*noted)
    return [f"at {lines.place(*noted)}" + (f": {text}" if text else "")]
