"""How a tensor is written: by PyTorch's rules (torch/_tensor_str.py), to compare by eye."""
import numpy as np

PRECISION, EDGE, THRESHOLD, WIDTH = 4, 3, 1000, 80
USUAL = ("float32", "int64", "bool")          # types that go without saying

def text(t) -> str:
    """`tensor([1., 2.], requires_grad=True)`"""
    value, suffixes = t.value, []
    if value.size == 0 and value.ndim != 1:
        suffixes.append(f"size={value.shape}")
    if value.dtype.name not in USUAL or (value.size == 0 and value.dtype.name != "float32"):
        suffixes.append(f"dtype=minigrad.{value.dtype.name}")
    if t.op is not None:
        suffixes.append(f"grad_fn={t.grad_fn}")
    elif t.requires_grad:
        suffixes.append("requires_grad=True")
    out, short = "tensor(", value.size > THRESHOLD
    out += _array(value, len(out), short, _form(value)) if value.size else "[]"
    for suffix in suffixes:
        room = len(out) - (out.rfind("\n") + 1) + len(suffix) + 2
        out += (",\n" + " " * len("tensor(") if room > WIDTH else ", ") + suffix
    return out + ")"

def _form(value):
    """PyTorch's form for all elements: whole, fixed or scientific, padded to one width."""
    if value.size > THRESHOLD:
        value = _corners(value)
    if value.dtype.kind != "f":
        width = max(len(str(v)) for v in value.flat)
        return lambda v: str(v).rjust(width)
    seen = value[np.isfinite(value) & (value != 0)].astype(float)
    size = np.abs(seen)
    whole = bool((seen == np.ceil(seen)).all())
    low, high = (size.min(), size.max()) if seen.size else (1, 1)
    if high / low > 1000 or high > 1e8 or (not whole and low < 1e-4):
        form = f"{{:.{PRECISION}e}}".format
    elif whole:
        def form(v): return f"{v:.0f}." if np.isfinite(v) else f"{v:.0f}"
    else:
        form = f"{{:.{PRECISION}f}}".format
    width = max((len(form(v)) for v in seen), default=1)
    return lambda v: form(float(v)).rjust(width)

def _corners(value):
    """The elements that a shortened print shows."""
    for axis, n in enumerate(value.shape):
        if n > 2 * EDGE:
            value = np.take(value, [*range(EDGE), *range(n - EDGE, n)], axis)
    return value

def _array(value, indent, short, form):
    if value.ndim == 0:
        return form(value[()])
    cut = short and len(value) > 2 * EDGE
    rows = [*value[:EDGE], *value[-EDGE:]] if cut else list(value)
    if value.ndim > 1:
        parts = [_array(row, indent + 1, short, form) for row in rows]
        if cut:
            parts.insert(EDGE, "...")
        return "[" + ("," + "\n" * (value.ndim - 1) + " " * (indent + 1)).join(parts) + "]"
    parts = [form(v) for v in rows]
    if cut:
        parts.insert(EDGE, " ...")
    per_line = max(1, (WIDTH - indent) // (len(parts[0]) + 2)) if parts else 1
    lines = [", ".join(parts[i:i + per_line]) for i in range(0, len(parts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
