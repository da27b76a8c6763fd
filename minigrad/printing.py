"""How a tensor is written: by PyTorch's rules (torch/_tensor_str.py), to compare by eye."""
import sys
from collections import namedtuple
from functools import cache, wraps
from types import ModuleType

import numpy as np

from .dtypes import BOOL, DTYPES, INT64, PYTHONS
from .graph import TensorBase

OPTIONS = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}

def text(t) -> str:
    """`tensor([1., 2.], requires_grad=True)`"""
    value, suffixes, usual = t.value, [], (PYTHONS[float], INT64, BOOL)   # what goes without saying
    if not OPTIONS["edgeitems"] if value.size else value.ndim != 1:
        suffixes.append(f"size={value.shape}")
    if value.dtype not in (usual if value.size else usual[:1]):
        suffixes.append(f"dtype={DTYPES[value.dtype]}")
    if t.op is not None:
        suffixes.append(f"grad_fn=<{type(t.grad_fn).__name__}>")
    elif t.requires_grad:
        suffixes.append("requires_grad=True")
    kind = type(t).__name__
    out = "tensor(" if kind in ("Tensor", "Parameter") else f"{kind}("
    indent, short = len(out), value.size > OPTIONS["threshold"]
    out += _array(value, indent, short, *_form(_corners(value) if short else value))
    length = len(out) - out.rfind("\n") + 1
    for suffix in suffixes:
        length += len(suffix) + 2
        if length > OPTIONS["linewidth"]:
            out, length = out + ",\n" + " " * indent + suffix, indent + len(suffix)
        else:
            out += ", " + suffix
    return out + ")"

def _form(value):
    """PyTorch's form for all elements, whole, fixed or scientific, and the width to pad it to."""
    if value.dtype.kind != "f":
        return str, max((len(str(v)) for v in value.flat), default=1)
    seen, digits = value[np.isfinite(value) & (value != 0)].astype(float), OPTIONS["precision"]
    size, short = np.abs(seen), OPTIONS["sci_mode"]
    if seen.size and short is None:
        short = size.max() / size.min() > 1000 or size.max() > 1e8 or size.min() < 1e-4
    if seen.size and short:
        form = f"{{:.{digits}e}}".format
    elif (seen == np.ceil(seen)).all():
        def form(v): return f"{v:.0f}." if np.isfinite(v) else f"{v:.0f}"
    else:
        form = f"{{:.{digits}f}}".format
    return form, max((len(form(v)) for v in seen), default=1)

def _corners(value):
    """The elements that a shortened print shows."""
    edge = OPTIONS["edgeitems"]
    for axis, n in enumerate(value.shape):
        if n > 2 * edge:
            value = np.take(value, [*range(edge), *range(n - edge, n)], axis)
    return value

def _array(value, indent, short, form, width):
    if value.size == 0:
        return "[]"
    if value.ndim == 0:
        return form(value.item()).rjust(width)
    edge = OPTIONS["edgeitems"]
    cut = short and len(value) > 2 * edge
    rows = [*value[:edge], *value[len(value) - edge:]] if cut else value
    if value.ndim > 1:
        parts = [_array(row, indent + 1, short, form, width) for row in rows]
        if cut:
            parts.insert(edge, "...")
        return "[" + ("," + "\n" * (value.ndim - 1) + " " * (indent + 1)).join(parts) + "]"
    parts = [form(v.item()).rjust(width) for v in rows]
    if cut:
        parts.insert(edge, " ..." if edge else "...")
    per_line = max(1, (OPTIONS["linewidth"] - indent) // (width + 2))
    lines = [", ".join(parts[i:i + per_line]) for i in range(0, len(parts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"

return_types = sys.modules["minigrad.return_types"] = ModuleType("minigrad.return_types")

def returned(name, fields):
    """A named tuple of results: `torch.return_types.max(values=…, indices=…)`, a line for each."""
    def __repr__(self):
        parts = ",\n".join(f"{field}={x!r}" for field, x in zip(self._fields, self))
        return f"torch.return_types.{name}(\n{parts})"
    own = {"__slots__": (), "__repr__": __repr__, "__module__": return_types.__name__}
    setattr(return_types, name, kind := type(name, (namedtuple(name, fields),), own))
    return kind


# What `t.grad_fn` shows: the operation that made a tensor, by PyTorch's name for it

# Functions that are several operations of ours and one of PyTorch's: the last one gets its name.
# In both tables, a name may depend on what came in; the catalog has more of them.
FUNCTIONS = {name: name.title().replace("_", "") for name in (
    "unsqueeze squeeze transpose stack max min var std mse_loss silu embedding "
    "binary_cross_entropy binary_cross_entropy_with_logits").split()}
OPERATIONS = {"reshape": "View", "cross_entropy": "NllLoss"}

def named(function):
    """The function, its result under PyTorch's name if that is in the table."""
    if function.__name__ not in FUNCTIONS:
        return function

    @wraps(function)
    def naming(*args, **settings):
        out = function(*args, **settings)
        node = getattr(out, "node", None)
        if node is None or node.op:                    # several, or one that remembers its making
            _name(FUNCTIONS[function.__name__], out, args, settings)
        return out
    return naming

def _name(called, out, args, settings):
    several = isinstance(out, tuple)
    if several or called not in ("Max", "Min"):        # without dim, that is amax or maximum
        for t in out if several else (out,):
            if isinstance(t, TensorBase) and t.node.op and all(t is not x for x in args):
                t.node.called = called(*args, **settings) if callable(called) else called


class GradFn:
    """A node of the graph in PyTorch's form: `<SigmoidBackward0>`."""

    def __init__(self, node): self.node = node
    def name(self) -> str: return type(self).__name__
    def __repr__(self): return f"<{type(self).__name__}>"
    def __eq__(self, other): return isinstance(other, GradFn) and self.node is other.node
    def __hash__(self): return hash(self.node)

def grad_fn(node) -> GradFn:
    """The node in PyTorch's form, of a class that has its name."""
    op = node.op
    called = node.called or OPERATIONS.get(op.__name__) or op.__name__.title().replace("_", "")
    if callable(called):
        called = called(*(getattr(x, "value", x) for x in node.inputs), **node.settings)
    whole = "Backward" in called or called == "CopySlices"
    return _kind(called if whole else f"{called}Backward0")(node)

@cache
def _kind(name): return type(name, (GradFn,), {})
