"""What is written at a node: its operation, its equation, its settings, its name."""
from typing import Any

import numpy as np

from ..common.text import SMALL, plain, setting_text
from . import engine
from .walk import Value

SYMBOLS = {
    "add": "+", "sub": "−", "subtract": "−", "neg": "−", "negative": "−", "mul": "×",
    "multiply": "×", "div": "÷", "truediv": "÷", "divide": "÷", "true_divide": "÷",
    "matmul": "@", "pow": "**", "power": "**",
}
TORCH = {"axis": "dim", "keepdims": "keepdim"}      # the reader wrote dim=
USUAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}      # not worth a word
HIDDEN = ("over",)                                  # what a mean is divided by
BARE = ("shape", "axes", "dtype")                   # said without their name
WORDY = 44           # letters of an operation with its settings


def settings_text(settings: dict[str, Any]) -> str:
    """The settings that say something: a shape bare, others by name, usual ones not at all."""
    said = {TORCH.get(name, name): setting_text(x) for name, x in settings.items()
            if x is not None and x is not False and name not in HIDDEN
            and not (name in USUAL and np.all(np.asarray(x) == USUAL[name]))}
    return ", ".join(text if name in BARE else f"{name}={text}" for name, text in said.items())


def _index(value: Value) -> str | None:
    """`[0, 1:3]` for an operation that picks elements."""
    if value.operation != "getitem" or "index" not in value.settings:
        return None
    index = value.settings["index"]
    return f"[{', '.join(map(setting_text, index if isinstance(index, tuple) else (index,)))}]"


def operation_label(value: Value) -> str:
    """What stands in an operation's node: `+`, `× 2`, `2 ÷`, `** 2`, `reshape (2, 3)`; or ''."""
    if value.operation is None:
        return ""
    if _index(value):
        return plain(_index(value))
    symbol = SYMBOLS.get(value.operation, plain(value.operation))
    parts = [setting_text(edge.constant) if edge.parent is None else None for edge in value.inputs]
    if len(parts) == 2 and value.operation in SYMBOLS:
        return " ".join(part for part in (parts[0], symbol, parts[1]) if part)
    constants = [part for part in parts if part is not None]
    return plain(" ".join([symbol, *constants, settings_text(value.settings)]).strip(), WORDY)


def equation(value: Value, by_name: bool = False) -> str:
    """How a value was made of the numbers (or names) of its inputs: `#1 × #3`, `sum(#2, dim=0)`."""
    def say(edge):
        if edge.parent is None:
            return setting_text(edge.constant)
        return edge.parent.called if by_name else f"#{edge.parent.number}"
    said = [say(edge) for edge in value.inputs]
    if value.operation is None:
        return f"from {', '.join(said)}" if said else ""
    if _index(value):
        return said[0] + _index(value)
    symbol = SYMBOLS.get(value.operation, "")
    if symbol and len(said) == 2:
        return f"{said[0]} {symbol} {said[1]}"
    if symbol and len(said) == 1:
        return f"{symbol}{said[0]}"
    if len(said) > SMALL:
        said = [*said[:SMALL - 1], f"… {len(said) - SMALL + 1:,} more"]
    said = filter(None, [*said, settings_text(value.settings)])
    return f"{plain(value.operation)}({', '.join(said)})"


def dtype_text(value: Value) -> str:
    """The dtype of a Tensor when it is not the usual float32; a reader's own class is not asked."""
    dtype = engine.dtype(value.thing)
    return "" if dtype is None or dtype == np.float32 else str(dtype)
