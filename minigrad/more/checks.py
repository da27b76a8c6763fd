"""What the families of this folder ask of their arguments; each check gives them back, or says what is wrong."""
from ..graph import TensorBase, raw


def at_least(name, input, n):
    """So many axes."""
    if input.ndim < n:
        raise RuntimeError(f"{name}: expected at least {n} axes, got shape {input.shape}")
    return input


def floating(name, input):
    """A floating dtype."""
    if raw(input).dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating dtype, got {raw(input).dtype}; call .float() first")
    return input


def one_dtype(name, *tensors):
    """One dtype for all (numbers have none)."""
    if len(found := {x.dtype: None for x in tensors if isinstance(x, TensorBase)}) > 1:
        raise RuntimeError(f"{name}: expected one dtype, got {' and '.join(map(str, found))}")
    return tensors[0]


def tensors_only(name, *things):
    """Tensors, not numbers."""
    for x in things:
        if not isinstance(x, TensorBase):
            raise TypeError(f"{name}: expected a tensor, got {x!r:.40}; wrap a number in tensor(...)")
    return things
