"""Numbers, short values and columns as text, the same on every computer."""
from decimal import Decimal
from typing import Any

import numpy as np

SMALL = 6            # arrays of up to so many elements are written out
LONGEST = 32         # letters of a name, before it is cut


def plain(text: Any, longest: int = LONGEST) -> str:
    """`text` on one line: what cannot be printed, a newline, is spelled out; long text is cut."""
    spelled = str(text)[:4 * longest]
    if not spelled.isprintable():
        spelled = "".join(c if c.isprintable() else repr(c)[1:-1] for c in spelled)
    return spelled if len(spelled) <= longest else spelled[:longest - 1] + "…"


def number(x: Any, digits: int = 4) -> str:
    """A number with four significant digits (whole ones in full): `28`, `0.3333`, `2.6e14`."""
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
    """The numbers of a small scalar, vector or matrix, row by row; None for anything else."""
    if isinstance(x, (int, float)):                  # also a whole number too long for numpy
        return [[number(x)]]
    array = np.asarray(x)
    if array.size == 0 or array.size > SMALL or array.ndim > 2 or array.dtype.kind not in "biufc":
        return None
    table = array.reshape(-1, array.shape[-1] if array.ndim else 1)
    return [[number(x) for x in row] for row in table]


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


def norm(x: Any) -> float:
    """The length of an array as one long vector; of a number its size."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.square(np.abs(np.asarray(x, np.float64))).sum()))


def amount(x: Any) -> str:
    """A number, a short vector, or the norm of an array: `7`, `[1, 2]`, `‖3.2‖`."""
    if rows(x) is not None and (np.ndim(x) == 0 or np.size(x) <= 3 and np.ndim(x) == 1):
        return value_text(x)
    return f"‖{number(norm(x))}‖"


def count(n: int, thing: str) -> str:
    """`1 value`, `2 values`, `1,934 values`."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def columns(table: list[list[str]]) -> list[str]:
    """The lines of a table, its columns aligned; an empty column takes no room."""
    widths = [max(map(len, column)) for column in zip(*table)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths) if width).rstrip()
            for line in table]
