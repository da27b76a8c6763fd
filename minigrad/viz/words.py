"""Numbers, labels and sentences: how a graph is put into words, the same on every computer."""
from collections import Counter
from decimal import Decimal
from html import escape
from typing import Any

import numpy as np

from .walk import Graph, Value

SYMBOLS = {
    "add": "+", "sub": "−", "subtract": "−", "mul": "×", "multiply": "×", "div": "÷", "truediv": "÷", "divide": "÷",
    "true_divide": "÷", "matmul": "@", "neg": "−", "negative": "−", "pow": "**", "power": "**",
}
TORCH = {"axis": "dim", "keepdims": "keepdim"}      # the reader wrote dim=
USUAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}      # not worth a word
HIDDEN = ("made",)                                  # what was computed before the call, for the rules
BARE = ("shape", "axes", "dtype")                   # said without their name
SMALL = 6            # arrays of up to so many elements are written out
LONGEST = 32         # letters of a name, before it is cut
WORDY = 44           # letters of an operation with its settings


def plain(text: Any, longest: int = LONGEST) -> str:
    """`text` on one line: what cannot be printed, such as a newline, is spelled out; what is long is cut."""
    spelled = str(text)[:4 * longest]
    if not spelled.isprintable():
        spelled = "".join(c if c.isprintable() else repr(c)[1:-1] for c in spelled)
    return spelled if len(spelled) <= longest else spelled[:longest - 1] + "…"


def number(x: Any, digits: int = 4) -> str:
    """A number with at most four significant digits (whole numbers in full): `28`, `0.3333`, `2.6e14`."""
    if isinstance(x, (bool, np.bool_)):
        return str(bool(x))
    if isinstance(x, (int, np.integer)):
        return str(int(x)) if abs(int(x)) < 10 ** 9 else _short(f"{Decimal(int(x)):.3e}")
    if isinstance(x, (complex, np.complexfloating)):
        return _short(f"{x:.{digits}g}")
    return _short(f"{float(x) + 0.0:.{digits}g}")       # + 0.0 turns -0.0 into 0.0


def _short(text: str) -> str:
    """1e-05 → 1e-5, 2.6e+14 → 2.6e14."""
    mantissa, e, exponent = text.partition("e")
    if e and exponent.lstrip("+-").isdigit():
        return f"{mantissa}e{int(exponent)}"
    return text


def rows(x: Any) -> list[list[str]] | None:
    """The numbers of a small scalar, vector or matrix, row by row; None if `x` is too large or no array of numbers."""
    if isinstance(x, (int, float)):                  # also a whole number too long for numpy
        return [[number(x)]]
    array = np.asarray(x)
    if array.size == 0 or array.size > SMALL or array.ndim > 2 or array.dtype.kind not in "biufc":
        return None
    return [[number(x) for x in row] for row in array.reshape(-1, array.shape[-1] if array.ndim else 1)]


def value_text(x: Any) -> str:
    """A small value on one line, `[1, 2, 3]`; of a large one its shape."""
    table, ndim = rows(x), np.ndim(x)
    if table is None:
        return f"{np.shape(x)}"
    lines = [", ".join(row) for row in table]
    if ndim == 0:
        return lines[0]
    return f"[{lines[0]}]" if ndim == 1 else "[" + ", ".join(f"[{line}]" for line in lines) + "]"


def setting_text(x: Any) -> str:
    """A constant or a setting of an operation, briefly: `2`, `(2, 3)`, `1:3`, `array (64,)`."""
    if isinstance(x, (np.ndarray, list)) or hasattr(x, "value"):
        x = np.asarray(getattr(x, "value", x))
        return value_text(x) if rows(x) is not None else f"array {x.shape}"
    if isinstance(x, slice):
        parts = ["" if part is None else setting_text(part) for part in (x.start, x.stop, x.step)]
        return ":".join(parts[:2] if x.step is None else parts)
    if isinstance(x, tuple):
        return f"({', '.join(map(setting_text, x))}{',' if len(x) == 1 else ''})"
    if isinstance(x, (int, float, complex, np.generic)) and not isinstance(x, (np.str_, np.bytes_)):
        return number(x)
    if x is Ellipsis:
        return "..."
    return plain(getattr(x, "__name__", x))


def settings_text(settings: dict[str, Any]) -> str:
    """The settings that say something: a shape bare, others by name, usual ones (None, False, stride 1) not at all."""
    said = {TORCH.get(name, name): x for name, x in settings.items()
            if x is not None and x is not False and name not in HIDDEN and not (name in USUAL and np.all(np.asarray(x) == USUAL[name]))}
    return ", ".join(setting_text(x) if name in BARE else f"{name}={setting_text(x)}" for name, x in said.items())


def _index(value: Value) -> str | None:
    """`[0, 1:3]` for an operation that picks elements."""
    if value.operation != "getitem" or "index" not in value.settings:
        return None
    index = value.settings["index"]
    return f"[{', '.join(map(setting_text, index if isinstance(index, tuple) else (index,)))}]"


def operation_label(value: Value) -> str:
    """What stands in an operation's node: `+`, `× 2`, `2 ÷`, `** 2`, `reshape (2, 3)`; '' where no name is known."""
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
    """How a value was made, from the numbers (or names) of its inputs: `#1 × #3`, `exp(#4)`, `reshape(#2, (2, 3))`."""
    def say(edge):
        if edge.parent is None:
            return setting_text(edge.constant)
        return plain(edge.parent.name) if by_name and edge.parent.name else f"#{edge.parent.number}"
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
    return f"{plain(value.operation)}({', '.join(filter(None, [*said, settings_text(value.settings)]))})"


def count(n: int, thing: str) -> str:
    """`1 value`, `2 values`, `1,934 values`."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def title(graph: Graph) -> str:
    """`graph of 4 values and 2 operations`."""
    return f"graph of {count(len(graph.values), 'value')} and {count(len(graph.operations), 'operation')}"


def dtype_text(value: Value) -> str:
    """The dtype of a Tensor when it is not the usual float32; a reader's own class is not asked."""
    dtype = getattr(value.thing, "dtype", None)
    return "" if dtype is None or dtype == np.float32 else str(dtype)


def summary(graph: Graph, shown: list[Value], gradients: dict[int, Any], details=None) -> str:
    """The graph in words, a line a value: number, name, how it was made, shape, value when small, gradient."""
    lines = columns([_line(value, gradients) + (details.words(value) if details else []) for value in shown])
    if details:                                                   # facts go below, indented: a line holds only so much
        below = [[f"      {fact}" for fact in details.facts(value)] for value in shown]
        lines = ["\n".join([line, *said]) for line, said in zip(lines, below)]
    heading = title(graph)
    if len(shown) < len(graph.values):
        hidden = [value for value in graph.values if value not in set(shown)]
        heading += f", of which {count(len(shown), 'value')} shown"
        lines.insert(0, f"…   {left_out(hidden)}")
    return "\n".join([heading, *lines])


def columns(table: list[list[str]]) -> list[str]:
    """The lines of a table, its columns aligned; an empty column takes no room."""
    widths = [max(map(len, column)) for column in zip(*table)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths) if width).rstrip() for line in table]


def left_out(hidden: list[Value]) -> str:
    """`1,934 more operations and 12 more inputs`."""
    operations = sum(1 for value in hidden if value.inputs)
    parts = [f"{n:,} more {word}{'' if n == 1 else 's'}"
             for n, word in ((operations, "operation"), (len(hidden) - operations, "input")) if n]
    return " and ".join(parts)


def _line(value: Value, gradients: dict[int, Any]) -> list[str]:
    made = equation(value) or ("leaf" if value.requires_grad else "data")
    small = rows(value.thing.value) is not None
    strengths = [number(edge.strength) for edge in value.inputs if edge.strength is not None]
    local, gradient = f"local gradients {', '.join(strengths)}" if strengths else "", ""
    if value.number in gradients:
        gradient = f"grad {gradient_text(gradients[value.number])}"
    return [f"#{value.number}", plain(value.name or ""), made, f"{value.shape}" if value.shape or not small else "",
            dtype_text(value), value_text(value.thing.value) if small else "", local, gradient]


def gradient_text(gradient: Any) -> str:
    """A gradient as a value; `–` where there is none yet."""
    return "–" if gradient is None else value_text(getattr(gradient, "value", gradient))


def in_words(graph: Graph) -> str:
    """The alternative text of the picture: what somebody who cannot see it should know."""
    root, inputs = graph.root, [value for value in graph.values if not value.inputs]
    called = plain(root.name) if root.name else "an unnamed value"
    if not graph.operations:
        return f"Computation graph of a single value, {_named(root)}, that was not computed from anything."
    if len(graph.values) <= 12:
        steps = [f"{equation(v, by_name=True)} gives {_named(v)}" for v in graph.operations]
        return f"Computation graph of {called}. Inputs: {', '.join(map(_named, inputs))}. Steps: {'; '.join(steps)}."
    kinds = Counter(value.operation or "unnamed" for value in graph.operations).most_common(6)
    mostly = ", ".join(f"{n:,} × {plain(kind)}" for kind, n in kinds)
    names = [plain(value.name) for value in inputs if value.name][:8]
    return (f"Computation graph of {called}: {count(len(graph.values), 'value')} and "
            f"{count(len(graph.operations), 'operation')} (mostly {mostly}), "
            f"from {count(len(inputs), 'input')}{': ' if names else ''}{', '.join(names)}, to {_named(root)}.")


def _named(value: Value) -> str:
    called = plain(value.name) if value.name else f"#{value.number}"
    small = rows(value.thing.value) is not None
    return f"{called} = {value_text(value.thing.value)}" if small else f"{called} of shape {value.shape}"


def attribute(text: str) -> str:
    """`text` safe inside an HTML or XML attribute."""
    return escape(text, quote=True)
