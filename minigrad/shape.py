"""Shape and place: the same numbers arranged in another way, and some of them, chosen by index."""
import builtins
import math
from functools import wraps

import numpy as np

from . import ops
from .dtypes import BOOL, INT64, no_string, result_type
from .graph import raw
from .promotion import to
from .public import public, refuse

def numpy_names(function):
    """Accept numpy's `axis` and `keepdims` for `dim` and `keepdim`, as PyTorch does."""
    @wraps(function)
    def accepting(*args, **settings):
        if not settings:
            return function(*args)
        if "axis" in settings:
            settings["dim"] = settings.pop("axis")
        if "keepdims" in settings:
            settings["keepdim"] = settings.pop("keepdims")
        return function(*args, **no_string(function.__name__, settings))
    accepting.numpy_names = True
    return accepting

def axes(input, dim, name: str):
    """`dim` as an axis, a tuple of them, or None for all; raises IndexError for other numbers."""
    if dim is None or isinstance(dim, (tuple, list)) and not dim:
        return None
    if isinstance(dim, (tuple, list)):
        found = tuple(axes(input, d, name) for d in dim)
        if input.ndim == 0 and len(dim) == 1:
            return None
        if len(set(found)) < len(found):
            raise RuntimeError(f"{name}: dim {tuple(dim)} names an axis twice")
        return found
    n = builtins.max(input.ndim, 1)                     # 0-d tensors have dims 0 and −1
    try:
        dim = dim.__index__()
    except AttributeError:
        raise TypeError(f"{name}: expected dim to be an int or a tuple of ints, "
                        f"got {dim!r}") from None
    if not -n <= dim < n:
        raise IndexError(f"{name}: dim {dim} is out of range for shape {input.shape}; "
                         f"expected {-n} to {n - 1}")
    return dim % n if input.ndim else None


# Shape

@public("The same elements, in the same order, in another shape; one size may be −1.",
        "[0, 1, 2, 3], (2, 2)", "[[0, 1], [2, 3]]")
def reshape(input, *shape): return ops.reshape(input, shape=sizes(shape))

def sizes(given):
    """Whole numbers that came one by one, or as one tuple."""
    given = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    return tuple(n.__index__() for n in given)

@public("The axes from `start_dim` to `end_dim` joined into one.",
        "mg.flatten(mg.zeros(2, 3, 4), start_dim=1).shape", "torch.Size([2, 12])")
def flatten(input, start_dim=0, end_dim=-1):
    if input.ndim == 0:
        return reshape(input, 1)
    start, end = axes(input, start_dim, "flatten"), axes(input, end_dim, "flatten")
    refuse(start > end, f"flatten: expected start_dim before end_dim, got {start_dim} and "
           f"{end_dim}")
    if start == end:
        return input
    n = math.prod(input.shape[start:end + 1])
    return reshape(input, *input.shape[:start], n, *input.shape[end + 1:])

@public("Without its axes of size 1 (or without `dim`, if that has size 1).",
        "mg.squeeze(mg.zeros(1, 3, 1)).shape", "torch.Size([3])")
def squeeze(input, dim=None):
    axis = axes(input, dim, "squeeze")
    chosen = range(input.ndim) if dim is None else axis if isinstance(axis, tuple) else (axis,)
    shape = tuple(n for i, n in enumerate(input.shape) if n != 1 or i not in chosen)
    return ops.reshape(input, shape=shape)

@public("With a new axis of size 1 at `dim`.", "[1, 2, 3], 0", "[[1, 2, 3]]")
def unsqueeze(input, dim):
    n = input.ndim + 1
    if not -n <= dim < n:
        raise IndexError(f"unsqueeze: dim {dim} is out of range for shape {input.shape}; "
                         f"expected {-n} to {n - 1}")
    shape = [*input.shape]
    shape.insert(dim % n, 1)
    return ops.reshape(input, shape=tuple(shape))

@public("The axes in another order.", "[[1, 2], [3, 4]], (1, 0)", "[[1, 3], [2, 4]]")
def permute(input, *dims):
    order = axes(input, sizes(dims), "permute") or ()
    if len(order) != input.ndim:
        raise RuntimeError(f"permute: expected each of the {input.ndim} axes once, "
                           f"got {sizes(dims)}")
    return ops.permute(input, axes=order)

@public("Two axes exchanged.", "[[1, 2], [3, 4]], 0, 1", "[[1, 3], [2, 4]]")
def transpose(input, dim0, dim1):
    order = list(range(input.ndim))
    if order:
        i, j = axes(input, dim0, "transpose"), axes(input, dim1, "transpose")
        order[i], order[j] = order[j], order[i]
    return ops.permute(input, axes=tuple(order))

@public("Repeated along axes of size 1 (and new leading axes) to a shape; −1 keeps a size.",
        "[1, 2], (2, 2)", "[[1, 2], [1, 2]]")
def broadcast_to(input, shape):
    shape, lead = tuple(shape), len(shape) - input.ndim
    if lead < 0 or -1 in shape[:lead]:
        raise RuntimeError(f"expand: {input.shape} does not fit {shape}; a −1 keeps the size of an "
                           "axis that exists")
    shape = tuple(input.shape[i - lead] if n == -1 else n for i, n in enumerate(shape))
    return ops.broadcast_to(input, shape=shape)

@public("Tensors joined along an axis that they have.",
        "mg.cat([mg.tensor([1, 2]), mg.tensor([3])])", "tensor([1, 2, 3])", "f")
def cat(tensors, dim=0):
    refuse(raw(tensors) is not tensors, "cat: expected several tensors, got one", TypeError)
    tensors = list(tensors)
    refuse(not tensors, "cat: expected at least one tensor, got none")
    dtype = result_type([t for t in tensors if raw(t) is not t] or tensors)
    tensors = [t for t in tensors if raw(t).shape != (0,)] or tensors[:1]     # no empty vectors
    refuse(tensors[0].ndim == 0, "cat: 0-d tensors have no axis to be joined on; use stack")
    out = _joined(tensors, axes(tensors[0], dim, "cat"))
    return out if raw(out).dtype == dtype else to(out, dtype=dtype)

@public("Tensors of one shape laid along a new axis.", "[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]", "f")
def stack(tensors, dim=0):
    tensors = list(tensors)
    if len({raw(t).shape for t in tensors}) != 1:
        raise RuntimeError("stack: expected tensors of one shape, "
                           f"got {[t.shape for t in tensors]}")
    return _joined([unsqueeze(t, dim) for t in tensors], dim % (tensors[0].ndim + 1))

def _joined(tensors, axis, most=500):
    """In parts: backward hands the rule of each input all inputs of its operation."""
    while len(tensors) > most:
        tensors = [ops.cat(*tensors[i:i + most], axis=axis) for i in range(0, len(tensors), most)]
    return ops.cat(*tensors, axis=axis)



# Indexing

def along(input, axis, index):
    """`input[:, …, :, index]`, with the index at this axis."""
    return ops.getitem(input, index=(*[slice(None)] * axis, index, Ellipsis))      # always a view

def getitem(input, index):
    """`input[index]`: whole numbers, slices, None, `...`, lists, masks and integer tensors."""
    for step in plain_index(input, index):
        input = ops.getitem(input, index=step)
    return input

def plain_index(input, index) -> list[tuple]:
    """The index in numpy's terms, as one step or two: first by whole numbers, then by arrays."""
    if isinstance(index, list) and builtins.any(
            isinstance(i, (list, slice)) or raw(i) is not i for i in index):
        raise IndexError("indexing: a list of lists, slices or tensors can be read in two ways; "
                         "write x[a, b] for one index an axis, x[tensor(...)] for an array of them")
    index = tuple(_plain_index(i) for i in (index if isinstance(index, tuple) else (index,)))
    whole = [isinstance(i, int) for i in index]
    if builtins.all(whole) and len(index) == input.ndim:
        return [(*index, Ellipsis)]                     # a view, where numpy would copy one number
    if not (builtins.any(whole) and builtins.any(isinstance(i, np.ndarray) for i in index)):
        return [index]
    first = []
    for i in index:
        if isinstance(i, np.ndarray):
            first += [slice(None)] * (i.ndim if i.dtype == BOOL else 1)
        elif i is not None:
            first.append(slice(None) if isinstance(i, slice) else i)
    return [tuple(first), tuple(i for i in index if not isinstance(i, int))]

def _plain_index(i):
    if isinstance(i, (list, range)):
        i = np.array(i, INT64 if len(i) == 0 else None)
    i = raw(i)
    if isinstance(i, slice):
        i = slice(*(None if n is None else n.__index__() for n in (i.start, i.stop, i.step)))
        if i.step is not None and i.step <= 0:
            raise ValueError(f"indexing: a slice's step must be above 0, got {i.step}; use flip")
    elif isinstance(i, (np.ndarray, np.generic)):
        if i.dtype.kind not in "bi" and i.dtype != np.uint8:
            raise IndexError(f"indexing: expected whole numbers or a mask, got dtype {i.dtype}")
        i = i.astype(BOOL) if i.dtype == np.uint8 else i
        i = int(i) if i.ndim == 0 and i.dtype != BOOL else np.asarray(i)
    elif i is not None and i is not Ellipsis:
        try:
            i = np.asarray(i) if isinstance(i, bool) else i.__index__()
        except AttributeError:
            raise IndexError("indexing: expected a whole number, slice, None, ..., list, mask or "
                             f"integer tensor, got {i!r}") from None
    return i

def without_extra_ones(value, array, index=()):
    """What is assigned to a place in an array, without axes of length 1 in front that it has not.
    """
    shape = np.shape(raw(value))
    extra = len(shape) - array[index].ndim if shape[:1] == (1,) else 0
    return value.reshape(shape[extra:]) if extra > 0 and math.prod(shape[:extra]) == 1 else value

def beside(indices, axis):
    """numpy's index for the elements that `indices` names along an axis, each in its own row."""
    places = list(np.ogrid[tuple(map(slice, indices.shape))])
    places[axis] = indices
    return tuple(places)
