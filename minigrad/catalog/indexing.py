"""Picking and placing by index: each is a `getitem` or its adjoint, so no rule is needed here."""
import math

import numpy as np

from .. import ops
from ..dtypes import BOOL, INT32, INT64
from ..functions import scaled, where
from ..graph import TensorBase, leaf, raw
from ..inplace import in_place
from ..promotion import to
from ..public import IN_PLACE, at_least, one_dtype, public, refuse, tensors_only
from ..shape import along, axes, beside, broadcast_to, reshape
from .types import can_cast, fitting

def _array(name, x, wanted, *dtypes):
    refuse(not isinstance(x, TensorBase) or x.dtype not in dtypes,
           f"{name}: expected {wanted}, got {getattr(x, 'dtype', type(x).__name__)}")
    return raw(x)

def _index(name, index, *dtypes): return _array(name, index, "indices of dtype int64", *dtypes)
def _mask(name, mask): return _array(name, mask, "a mask of dtype bool", BOOL)

def _inside(name, value, size, least=0):
    if value.size and not least <= value.min() <= value.max() < size:
        raise IndexError(f"{name}: expected indices from {least} to {size - 1}, got "
                         f"{value.min()} to {value.max()}")
    return value

# A 0-d tensor counts as a vector of one number

def _line(x): return x if x.ndim else ops.reshape(x, shape=(1,))
def _added(x, src, index): return x + ops.scatter(src, index=index, shape=x.shape)
def _replaced(x, src, index): return ops.assign(x, src, index=index)

def _changed(change, input, src, index):
    """`_added` or `_replaced`, also where input is 0-d."""
    out = change(_line(input), src, index)
    return out if input.ndim else ops.reshape(out, shape=())

def _along(name, input, dim, index):
    """The places that `index` names along `dim`, as numpy's index."""
    axis, shape = axes(input, dim, name) or 0, input.shape or (1,)
    index = _inside(name, np.atleast_1d(_index(name, index, INT64, INT32)), shape[axis])
    beyond = [i for i, (n, m) in enumerate(zip(index.shape, shape)) if n > m and i != axis]
    refuse(index.size and (index.ndim != len(shape) or beyond),
           f"{name}: expected an index with the input's axes, and no larger than {input.shape} "
           f"except in dim {dim}, got shape {index.shape}")
    if not index.size:
        return (slice(0),)
    return beside(index, axis)

@public("The elements that `index` names along `dim`; the result has the index's shape.",
        "[[1., 2.], [3., 4.]], 1, [[0, 0], [1, 0]]", "[[1.0, 1.0], [4.0, 3.0]]")
def gather(input, dim, index, *, sparse_grad=False):
    places = _along("gather", input, dim, index)
    x = _line(input) if index.value.size else ops.reshape(input, shape=(-1,))
    out = ops.getitem(x, index=places)
    return out if out.shape == index.shape else ops.reshape(out, shape=index.shape)

@public("The elements that `indices` names along `dim` (else in one row); other axes broadcast.",
        "[[1, 5], [3, 2]], [[1], [0]], 1", "[[5], [3]]")
def take_along_dim(input, indices, dim=None):
    if dim is None:
        return take_along_dim(reshape(input, -1), np.asarray(raw(indices)).reshape(-1), 0)
    axis, indices = axes(input, dim, "take_along_dim"), np.asarray(raw(indices))
    refuse(indices.dtype != INT64 or indices.ndim != input.ndim, "take_along_dim: expected int64 "
           f"indices with {input.ndim} axes, got {indices.dtype} of shape {indices.shape}")
    if input.ndim == 0:
        return reshape(take_along_dim(reshape(input, 1), indices.reshape(1), 0), ())
    n = input.shape[axis]
    if indices.size and not -n <= indices.min() <= indices.max() < n:
        raise IndexError(f"take_along_dim: expected indices below {n}, "
                         f"got {indices.min()} to {indices.max()}")
    if indices.shape != (*input.shape[:axis], indices.shape[axis], *input.shape[axis + 1:]):
        shape = np.broadcast_shapes((*input.shape[:axis], 1, *input.shape[axis + 1:]),
                                    (*indices.shape[:axis], 1, *indices.shape[axis + 1:]))
        before, after = shape[:axis], shape[axis + 1:]
        indices = np.broadcast_to(indices, (*before, indices.shape[axis], *after))
        input = broadcast_to(input, (*before, n, *after))
    return ops.getitem(input, index=beside(indices, axis))

def _places(name, input, dim, index, src):
    """The part of src that the index covers (a number as it is), and its places, `_along`."""
    places = _along(name, input, dim, index)
    if not isinstance(src, TensorBase):
        return input.dtype.type(src).item(), places
    one_dtype(name, input, src)
    wanted, src = index.shape or (1,), _line(src)
    refuse(src.ndim != len(wanted) or any(n > m for n, m in zip(wanted, src.shape)),
           f"{name}: expected src at least as large as the index {index.shape}, got {src.shape}")
    return ops.getitem(src, index=tuple(map(slice, wanted))), places

@public("`input` with src (a tensor, a number) put, or added or multiplied, where the index says.",
        "[0., 0., 0.], 0, [2, 0], [5., 7.]", "[7., 0., 5.]", IN_PLACE)
def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    src = value if src is None else src
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError(f"scatter: expected reduce 'add' or 'multiply', got {reduce!r}")
        src = src if isinstance(src, TensorBase) else leaf(np.full(index.shape, src, input.dtype))
        return scatter_reduce(input, dim, index, src, "sum" if reduce == "add" else "prod")
    given = _places("scatter", input, dim, index, src)
    return _changed(_replaced, input, *given) if index.value.size else ops.clone(input)

@public("`input` with src added where the index says along `dim`; also twice in one place.",
        "[0., 0., 0.], 0, [2, 0, 2], [5., 7., 1.]", "[7., 0., 6.]", IN_PLACE)
def scatter_add(input, dim, index, src):
    tensors_only("scatter_add", src)
    given = _places("scatter_add", input, dim, index, src)
    return _changed(_added, input, *given) if index.value.size else ops.clone(input)

@public("`input` with src combined by `reduce` where the index says; a gradient has sum and mean.",
        '[1., 1.], 0, [0, 0, 1], [5., 7., 3.], "amax"', "[7., 3.]", IN_PLACE)
def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    refuse(reduce not in ("sum", "prod", "mean", "amax", "amin"),
           f"scatter_reduce: expected 'sum', 'prod', 'mean', 'amax' or 'amin', got {reduce!r}")
    src, places = _places("scatter_reduce", input, dim, index, src)
    if not index.value.size:
        return ops.clone(input)
    if reduce in ("sum", "mean"):
        count = np.zeros(input.shape or (1,), INT64)
        np.add.at(count, places, 1)
        count = count.reshape(input.shape)
        start = input if include_self else where(count > 0, leaf(np.zeros((), input.dtype)), input)
        total = _changed(_added, start, src, places)
        if reduce == "sum":
            return total
        n = np.maximum(count + include_self, 1).astype(input.dtype)
        return total / n if input.dtype.kind == "f" else total // n
    refuse(input.tracked or src.tracked, "scatter_reduce: minigrad has no gradient for "
           f"reduce={reduce!r}; use 'sum' or 'mean'", NotImplementedError)
    out = np.array(raw(input)).reshape(input.shape or (1,))
    if not include_self:                                 # one source more is no extreme more
        out[places] = 1 if reduce == "prod" else raw(src)
    {"prod": np.multiply, "amax": np.maximum, "amin": np.minimum}[reduce].at(out, places, raw(src))
    return leaf(out.reshape(input.shape))

def _slices(name, input, dim, index, source=None):
    """The source in the shape of whole slices, and their place."""
    axis, shape = axes(input, dim, name) or 0, input.shape or (1,)
    places = _index(name, index, INT64, INT32)
    refuse(places.ndim > 1, f"{name}: expected one axis of indices, got shape {places.shape}",
           IndexError)
    places = _inside(name, places.reshape(-1), shape[axis])
    if isinstance(source, TensorBase):
        shape = (*shape[:axis], len(places), *shape[axis + 1:])
        one = source.value.size == len(places) == len(shape) == 1
        if one_dtype(name, source, input).shape != shape and not one:
            raise RuntimeError(f"{name}: expected a source of shape {shape}, got {source.shape}")
        source = ops.reshape(source, shape=shape)
    return source, (*[slice(None)] * axis, places)

@public("The slices along `dim` that the index names.", "[[1, 2]], 1, [1, 1]", "[[2, 2]]")
def index_select(input, dim, index):
    _, place = _slices("index_select", input, dim, index)
    return ops.getitem(input, index=place) if input.ndim else ops.clone(input)

@public("`input` with alpha · source added to the slices that the index names, also twice.",
        "[0., 0., 0.], 0, [0, 0], [1., 2.]", "[3., 0., 0.]", IN_PLACE)
def index_add(input, dim, index, source, *, alpha=1):
    source, place = _slices("index_add", input, dim, index, source)
    source = source if alpha == 1 else scaled("index_add", input, source, alpha)
    return _changed(_added, input, source, place)

@public("`input` with the slices that the index names replaced by those of the source.",
        "[0., 0., 0.], 0, [2, 0], [1., 2.]", "[2., 0., 1.]", IN_PLACE)
def index_copy(input, dim, index, source):
    return _changed(_replaced, input, *_slices("index_copy", input, dim, index, source))

@public("`input` with the slices that the index names set to a number.",
        "[0., 0., 0.], 0, [2], 5", "[0., 0., 5.]", IN_PLACE)
def index_fill(input, dim, index, value):
    if isinstance(value, TensorBase) and value.ndim:
        raise RuntimeError(f"index_fill: expected one number, got shape {value.shape}")
    _, place = _slices("index_fill", input, dim, index)
    if isinstance(value, TensorBase):
        value = to(value, dtype=input.dtype)
    else:
        value = leaf(np.asarray(fitting("index_fill", value, input.dtype)))
    return _changed(_replaced, input, value, (*place[:-1], np.unique(place[-1])))

@public("`input` with values put at `input[indices]`, or added there.",
        "[0., 0., 0.], ([0, 2],), [1., 2.]", "[1., 0., 2.]", IN_PLACE)
def index_put(input, indices, values, accumulate=False):
    one_dtype("index_put", input, values)
    index = tuple(slice(None) if i is None else raw(i) for i in indices)
    if not accumulate:
        return ops.assign(input, values, index=index)
    return _added(input, broadcast_to(values, raw(input)[index].shape), index)

# Masks

@public("A number where the mask is true, the elements of `input` elsewhere; both broadcast.",
        "[1., 2.], [True, False], 0", "[0., 2.]", IN_PLACE)
def masked_fill(input, mask, value):
    mask = _mask("masked_fill", mask)
    if isinstance(value, TensorBase):
        refuse(value.ndim or not can_cast(value.dtype, input.dtype),
               f"masked_fill: expected one number that fits {input.dtype}, got {value!r:.60}")
        return ops.where(mask, to(value, dtype=input.dtype), input)
    if isinstance(value, float) and input.dtype.kind != "f" and value != int(value):
        raise RuntimeError(f"masked_fill: the value {value} does not fit dtype {input.dtype}")
    value = input.dtype.type(value).item()
    value = leaf(np.asarray(value)) if input.dtype.kind == "b" else value
    return ops.where(mask, value, input).contiguous()

@public("The elements where the mask is true, in one row; mask and input broadcast.",
        "[1., 2., 3.], [True, False, True]", "[1., 3.]")
def masked_select(input, mask):
    shape = np.broadcast_shapes(input.shape, _mask("masked_select", mask).shape)
    chosen = np.broadcast_to(raw(mask), shape)
    return ops.reshape(ops.getitem(broadcast_to(input, shape), index=(chosen,)), shape=(-1,))

@public("`input` with the elements where the mask is true replaced by the source's, in order.",
        "[0., 0., 0.], [True, False, True], [1., 2.]", "[1., 0., 2.]", IN_PLACE)
def masked_scatter(input, mask, source):
    one_dtype("masked_scatter", input, source)
    shape = np.broadcast_shapes(input.shape, _mask("masked_scatter", mask).shape)
    n = (mask := np.broadcast_to(raw(mask), shape)).sum()
    refuse(source.value.size < n,
           f"masked_scatter: expected a source of at least {n} elements, got {source.value.size}")
    part = ops.getitem(ops.reshape(source, shape=(-1,)), index=(slice(int(n)),))
    return ops.assign(broadcast_to(input, shape), part, index=(mask,))

@public("The places of what is not 0: a row for each, or with `as_tuple` a tensor for each axis.",
        "[[1, 0], [0, 2]]", "[[0, 0], [1, 1]]")
def nonzero(input, *, as_tuple=False):
    places = np.nonzero(np.atleast_1d(raw(input)))
    if as_tuple:
        return tuple(leaf(np.asarray(p, INT64)) for p in places)
    return leaf(np.stack(places).astype(INT64).T[:, :input.ndim])

argwhere = nonzero

@public("The elements at these places of the flattened tensor.", "[[1, 2], [3, 4]], [3]", "[4]")
def take(input, index):
    n = input.value.size
    index = _inside("take", _index("take", index, INT64), n, -n)
    flat = ops.getitem(ops.reshape(input, shape=(-1,)), index=(index.reshape(-1),))
    return ops.reshape(flat, shape=index.shape)

@public("`input` with these places of the flattened tensor replaced, or added to (`accumulate`).",
        "[[0, 0], [0, 0]], [3, 0], [5, 7]", "[[7, 0], [0, 5]]", IN_PLACE)
def put(input, index, source, accumulate=False):
    one_dtype("put", input, source)
    n, source = input.value.size, ops.reshape(source, shape=(-1,))
    index = _inside("put", _index("put", index, INT64), n, -n).reshape(-1)
    refuse(index.size != source.value.size,
           f"put: expected as many numbers as places, got {source.value.size} and {index.size}")
    out = (_added if accumulate else _replaced)(ops.reshape(input, shape=(-1,)), source, (index,))
    return ops.reshape(out, shape=input.shape)

def _diagonal_filled(input, fill_value, wrap=False):
    n, shape = input.value.size, input.shape
    refuse(input.ndim < 2 or input.ndim > 2 and len({*shape}) > 1, "fill_diagonal_: expected at "
           f"least two axes, all equal if more than two, got shape {shape}")
    step = sum(math.prod(shape[i + 1:]) for i in range(input.ndim))
    last = n if wrap else min(n, shape[1] * shape[1]) if input.ndim == 2 else n
    flat = ops.reshape(input, shape=(-1,))
    value = fitting("fill_diagonal_", fill_value, input.dtype)
    places = np.arange(0, last, step)
    out = ops.assign(flat, leaf(np.asarray(value)), index=(places,))
    return ops.reshape(out, shape=shape)

fill_diagonal_ = public(
    "The diagonal set to a number, in place; `wrap`: in a tall matrix again and again.",
    "mg.zeros(2, 2).fill_diagonal_(3)[0]", "tensor([3., 0.])", "x.f")(
        in_place(_diagonal_filled, "fill_diagonal"))

@public("One slice along `dim`, without that axis.", "[[1, 2], [3, 4]], 1, 0", "[1, 3]")
def select(input, dim, index):
    axis = axes(input, dim, "select")
    refuse(input.ndim == 0 or not -input.shape[axis] <= index < input.shape[axis],
           f"select: index {index} is out of range for dim {dim} of {input.shape}", IndexError)
    return along(input, axis, int(index))

@public("`length` slices along `dim` from `start` on.", "[0, 1, 2, 3, 4], 0, 1, 3", "[1, 2, 3]")
def narrow(input, dim, start, length):
    at_least("narrow", input, 1)
    refuse(isinstance(start, TensorBase) and (start.ndim or start.dtype.kind not in "iu"),
           "narrow: expected start to be one whole number")
    axis, start = axes(input, dim, "narrow"), start.__index__()
    n = input.shape[axis]
    from_ = start + n if start < 0 else start
    refuse(length < 0 or from_ < 0 or from_ + length > n,
           f"narrow: {length} slices from {start} on do not fit dim {dim} of shape {input.shape}",
           RuntimeError if -n <= start <= n else IndexError)
    return along(input, axis, slice(from_, from_ + length))

def _put_back(name, input, src, dim, index):
    index = (*[slice(None)] * axes(input, dim, name), index)
    shape = raw(input)[index].shape
    refuse(src.shape != shape, f"{name}: expected a source of shape {shape}, got {src.shape}")
    src = to(src, dtype=input.dtype) if src.dtype != input.dtype else src
    return ops.assign(input, src, index=index)

@public("`input` with one slice along `dim` replaced.", "[[0], [0]], [1], 0, 1", "[[0], [1]]")
def select_scatter(input, src, dim, index):
    select(input, dim, index)                                           # is there such a slice?
    return _put_back("select_scatter", input, src, dim, index)

@public("`input` with slices from start to end along dim replaced.", "[0, 0], [1], 0, 1", "[0, 1]")
def slice_scatter(input, src, dim=0, start=None, end=None, step=1):
    return _put_back("slice_scatter", input, src, dim, slice(start, end, step))
