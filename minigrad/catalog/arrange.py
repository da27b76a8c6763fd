"""More shapes and places: turned, rolled, repeated, cut, joined."""
import builtins
import math

import numpy as np

from .. import ops
from ..dtypes import INT64
from ..functions import sum
from ..graph import TensorBase, leaf, raw
from ..public import also, at_least, public, refuse
from ..shape import (along, axes, broadcast_to, cat, permute, reshape, sizes, transpose, unsqueeze)

def _axis(input, dim, name): return axes(at_least(name, input, 1), dim, name)

# Axes

@public("Axes moved to other places; the rest keep their order.", "[[1, 2]], 0, 1", "[[1], [2]]")
def movedim(input, source, destination):
    both = [(d,) if isinstance(d, int) else tuple(d) for d in (source, destination)]
    refuse(len(both[0]) != len(both[1]),
           f"movedim: expected as many destinations as sources, got {source} and {destination}")
    source, destination = (axes(input, d, "movedim") or () for d in both)
    order = [i for i in range(input.ndim) if i not in source]
    for to, from_ in sorted(zip(destination, source)):
        order.insert(to, from_)
    return ops.permute(input, axes=tuple(order))

@public("The last two axes exchanged: for real numbers the transpose.", "[[1, 2]]", "[[1], [2]]")
def adjoint(input): return transpose(input, -1, -2)

@public("A matrix transposed; a vector as it is.", "[[1, 2], [3, 4]]", "[[1, 3], [2, 4]]")
def t(input):
    refuse(input.ndim > 2,
           f"t: expected at most two axes, got shape {input.shape}; use transpose or mT")
    return permute(input, tuple(range(input.ndim))[::-1])

@public("One axis cut into several; one size may be −1.", "[1, 2], 0, (2, -1)", "[[1], [2]]")
def unflatten(input, dim, sizes):
    axis = _axis(input, dim, "unflatten")
    sizes = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    refuse(not sizes or -1 not in sizes and math.prod(sizes) != input.shape[axis],
           f"unflatten: sizes {sizes} do not make {input.shape[axis]}, dim {dim} of {input.shape}")
    if -1 in sizes:
        rest = input.shape[axis] // builtins.max(-math.prod(sizes), 1)
        sizes = tuple(rest if n == -1 else n for n in sizes)
    return reshape(input, *input.shape[:axis], *sizes, *input.shape[axis + 1:])

@public("All elements in one row.", "[[1, 2], [3, 4]]", "[1, 2, 3, 4]")
def ravel(input): return reshape(input.contiguous(), -1)
@public("In another tensor's shape.", "mg.ones(4).view_as(mg.ones(2, 2)).shape",
        "torch.Size([2, 2])", "x.f")
def view_as(input, other): return reshape(input, *other.shape)
@public("With at least one axis.", "mg.atleast_1d(mg.tensor(3.))", "tensor([3.])", "f")
def atleast_1d(*tensors): return _each(lambda x: x if x.ndim else reshape(x, 1), tensors)
@public("With at least two axes; new ones come first.", "[3.]", "[[3.0]]", "f")
def atleast_2d(*tensors): return _each(lambda x: x if x.ndim > 1 else reshape(x, 1, -1), tensors)
@public("With at least three axes: a matrix gets a last one, a vector stands in the middle.",
        "mg.atleast_3d(mg.zeros(2, 3)).shape", "torch.Size([2, 3, 1])", "f")
def atleast_3d(*tensors):
    return _each(lambda x: x if x.ndim > 2 else unsqueeze(atleast_2d(x), -1), tensors)

def _each(change, tensors):
    if len(tensors) == 1 and isinstance(tensors[0], TensorBase):
        return change(tensors[0])
    return tuple(map(change, tensors[0] if len(tensors) == 1 else tensors))

# Order

@public("The order along each of the axes reversed.", "[1, 2, 3], (0,)", "[3, 2, 1]")
def flip(input, *dims, **named):
    turned = axes(input, sizes(dims or (named.pop("dims"),)), "flip") or ()
    index = tuple(slice(None, None, -1) if i in turned else slice(None) for i in range(input.ndim))
    return ops.clone(ops.getitem(input, index=index)) if input.ndim else ops.clone(input)

@public("The columns in reverse order.", "[[1, 2], [3, 4]]", "[[2, 1], [4, 3]]")
def fliplr(input): return flip(at_least("fliplr", input, 2), 1)
@public("The rows in reverse order.", "[1, 2]", "[2, 1]")
def flipud(input): return flip(at_least("flipud", input, 1), 0)

@public("Turned k times by 90 degrees from the first axis to the second.", "[[1, 2]]", "[[2], [1]]")
def rot90(input, k=1, dims=(0, 1)):
    refuse(len(dims) != 2 or input.ndim < 2,
           f"rot90: expected two different axes, got dims {dims} for shape {input.shape}")
    i, j = axes(input, tuple(dims), "rot90")
    if k % 2:
        return flip(transpose(input, i, j), i if k % 4 == 1 else j)
    return flip(input, i, j) if k % 4 else ops.clone(input, order="C")

@public("The elements moved on along the axes; what leaves at the end comes back at the start.",
        "[1, 2, 3], 1", "[3, 1, 2]")
def roll(input, shifts, dims=None):
    if dims is None or dims == ():
        if isinstance(shifts, (tuple, list)) and len(shifts) != 1:
            raise RuntimeError(f"roll: expected one shift where no dims are given, got {shifts}")
        return reshape(roll(reshape(input, -1), shifts, 0), *input.shape)
    shifts, dims = ((n,) if isinstance(n, int) else tuple(n) for n in (shifts, dims))
    if len(shifts) != len(dims):
        raise RuntimeError(f"roll: expected a shift for each of the dims {dims}, got {shifts}")
    start = input
    for shift, dim in zip(shifts, dims):
        axis = _axis(input, dim, "roll")
        if n := input.shape[axis]:
            ends = slice(-shift % n, None), slice(-shift % n)
            input = ops.cat(*(along(input, axis, s) for s in ends), axis=axis)
    return ops.clone(input) if input is start else input

# Copies

@public("The whole tensor repeated along each axis; more numbers than axes make new ones in front.",
        "mg.tensor([1, 2]).repeat(2, 2).tolist()", "[[1, 2, 1, 2], [1, 2, 1, 2]]", "x.f")
def repeat(input, *repeats):
    times = sizes(repeats)
    refuse(len(times) < input.ndim or builtins.any(n < 0 for n in times), "repeat: expected "
           f"{input.ndim} or more numbers from 0 up for {input.shape}, got {times}")
    shape = (1,) * (len(times) - input.ndim) + input.shape
    spread = broadcast_to(reshape(input, *(m for n in shape for m in (1, n))),
                          tuple(m for r, n in zip(times, shape) for m in (r, n)))
    return ops.clone(reshape(spread, *(r * n for r, n in zip(times, shape))), order="C")

@public("As repeat; missing numbers count as 1.", "[1, 2], (2,)", "[1, 2, 1, 2]")
def tile(input, *dims):
    times = sizes(dims)
    return repeat(input, *(1,) * (input.ndim - len(times)), *times)

@public("Each element repeated in place, along `dim` or in one row.", "[1, 2], 2", "[1, 1, 2, 2]")
def repeat_interleave(input, repeats=None, dim=None, *, output_size=None):
    if repeats is None:
        return repeat_interleave(leaf(np.arange(len(raw(input)))), input)
    x = input if dim is not None else reshape(input, -1)
    axis, count = axes(x, dim or 0, "repeat_interleave") or 0, np.asarray(raw(repeats))
    x = x if x.ndim else reshape(x, 1)
    n = x.shape[axis]
    refuse(count.dtype.kind not in "iu" or count.ndim > 1 or count.size not in (1, n)
           or (count < 0).any(), f"repeat_interleave: expected whole numbers from 0 up, one or {n}")
    places = np.repeat(np.arange(n), count.reshape(-1))
    refuse(output_size is not None and output_size != len(places),
           f"repeat_interleave: output_size {output_size} is not the result's {len(places)}")
    return along(x, axis, places)

# Cut and joined

@public("A tuple of pieces along an axis: of one size (but the last), or of the sizes in a list.",
        "[0, 1, 2, 3, 4], 2", "(tensor([0, 1]), tensor([2, 3]), tensor([4]))")
def split(tensor, split_size_or_sections, dim=0):
    axis, parts = axes(tensor, dim, "split"), split_size_or_sections
    total = tensor.shape[axis]
    if isinstance(parts, int):
        refuse(parts <= 0, f"split: expected a size above 0, got {parts}")
        parts = [builtins.min(parts, total - at) for at in range(0, total, parts)] or [0]
    if builtins.sum(parts) != total:
        raise RuntimeError(f"split: expected sizes that add up to {total}, got {list(parts)}")
    ends = np.cumsum(parts).tolist()
    return tuple(along(tensor, axis, slice(end - size, end)) for size, end in zip(parts, ends))

@public("At most so many pieces of one size (the last may be shorter), as a tuple.",
        "[0, 1, 2, 3, 4], 2", "(tensor([0, 1, 2]), tensor([3, 4]))")
def chunk(input, chunks, dim=0):
    n = input.shape[_axis(input, dim, "chunk")]
    if not isinstance(chunks, int) or chunks <= 0:
        raise RuntimeError(f"chunk: expected a number of chunks above 0, got {chunks}")
    return split(input, -(-n // chunks), dim) if n else split(input, [0] * chunks, dim)

@public("So many pieces of nearly one size, or pieces that end at the given indices.",
        "[0, 1, 2, 3, 4], 2", "(tensor([0, 1, 2]), tensor([3, 4]))")
def tensor_split(input, indices_or_sections, dim=0):
    axis, parts = _axis(input, dim, "tensor_split"), indices_or_sections
    n = input.shape[axis]
    if isinstance(parts, TensorBase):
        refuse(parts.ndim > 1 or parts.dtype != INT64,
               "tensor_split: expected a whole number or a vector of them, dtype int64")
        parts = parts.tolist()
    if isinstance(parts, int):
        refuse(parts <= 0, f"tensor_split: expected a number of sections above 0, got {parts}")
        parts = np.cumsum([n // parts + (i < n % parts) for i in range(parts)])[:-1].tolist()
    bounds = [0, *parts, n]
    return tuple(along(input, axis, slice(a, b)) for a, b in zip(bounds, bounds[1:]))

def _splitter(name, dim, least):
    @public(f"Pieces along axis {dim}, so many of one size or up to the given indices.",
            f"len(mg.{name}(mg.zeros(2, 2, 2), 2))", "2")
    def cut(input, indices_or_sections):
        axis = 0 if at_least(name, input, least).ndim == 1 else dim
        if isinstance(n := indices_or_sections, int) and (not n or input.shape[axis] % n):
            raise RuntimeError(f"{name}: {n} sections do not divide {input.shape[axis]}")
        return tensor_split(input, indices_or_sections, axis)
    cut.__name__ = cut.__qualname__ = name
    return cut

hsplit = _splitter("hsplit", 1, 1)
vsplit, dsplit = _splitter("vsplit", 0, 2), _splitter("dsplit", 2, 3)

@public("The slices along `dim`, as a tuple.", "[[1], [2]]", "(tensor([1]), tensor([2]))")
def unbind(input, dim=0):
    axis = _axis(input, dim, "unbind")
    return tuple(along(input, axis, i) for i in range(input.shape[axis]))

@public("Joined along the second axis (vectors along their only one).", "[[1], [2]]", "[1, 2]", "f")
def hstack(tensors):
    tensors = [atleast_1d(x) for x in tensors]
    return cat(tensors, 0 if tensors[0].ndim == 1 else 1)

@public("Joined along the first axis; vectors are rows.", "[[1], [2]]", "[[1], [2]]", "f")
def vstack(tensors): return cat([atleast_2d(x) for x in tensors], 0)
@public("Joined along the third axis.", "mg.dstack([mg.ones(1)] * 2).shape",
        "torch.Size([1, 1, 2])", "f")
def dstack(tensors): return cat([atleast_3d(x) for x in tensors], 2)
@public("Joined side by side; vectors are columns.", "[[1, 2], [3, 4]]", "[[1, 3], [2, 4]]", "f")
def column_stack(tensors): return cat([x if x.ndim > 1 else reshape(x, -1, 1) for x in tensors], 1)

@public("All repeated to the one shape that they broadcast to.",
        "mg.broadcast_tensors(mg.zeros(2, 1), mg.zeros(3))[0].shape", "torch.Size([2, 3])", "f")
def broadcast_tensors(*tensors):
    shape = broadcast_shapes(*(x.shape for x in tensors))
    return tuple(x if x.shape == shape else broadcast_to(x, shape) for x in tensors)

@public("The shape that these shapes broadcast to.", "(2, 1), (3,)", "(2, 3)", "f")
def broadcast_shapes(*shapes):
    try:
        return np.broadcast_shapes(*((s,) if isinstance(s, int) else tuple(s) for s in shapes))
    except ValueError as error:
        raise RuntimeError(f"broadcast_shapes: {shapes} do not broadcast: {error}") from error

@public("Summed over the axes that broadcasting from this size would repeat.",
        "mg.ones(2, 3).sum_to_size(1, 3)", "tensor([[2., 2., 2.]])", "x.f")
def sum_to_size(input, *size):
    size = sizes(size)
    if input.ndim == 0 == len(size):
        return sum(input)
    lead = input.ndim - len(size)
    if lead < 0 or builtins.any(m not in (1, n) for m, n in zip(size, input.shape[lead:])):
        raise RuntimeError(f"sum_to_size: {size} does not broadcast to {input.shape}")
    gone = *range(lead), *(i + lead for i, m in enumerate(size) if m == 1 != input.shape[i + lead])
    return reshape(sum(input, gone), *size) if gone else input

@public("The coordinates of a grid with these vectors as its axes.",
        "mg.meshgrid(mg.arange(2), mg.arange(3))[0].tolist()", "[[0, 0, 0], [1, 1, 1]]", "f")
def meshgrid(*tensors, indexing="ij"):
    if len(tensors) == 1 and not isinstance(tensors[0], TensorBase):
        tensors = tensors[0]
    fit = builtins.all(x.ndim < 2 and x.dtype == tensors[0].dtype for x in tensors)
    refuse(not tensors or not fit or indexing not in ("ij", "xy"), "meshgrid: expected vectors of "
           f"one dtype and indexing 'ij' or 'xy', got {len(tensors)} tensors, {indexing!r}")
    order = [*range(len(tensors))]
    if indexing == "xy":
        order[:2] = order[:2][::-1]                       # the first one runs along the second axis
    shapes = ([-1 if j == i else 1 for j in range(len(tensors))] for i in order)
    return broadcast_tensors(*(reshape(x, *shape) for x, shape in zip(tensors, shapes)))

@public("A matrix with these matrices (a vector being a row) along its diagonal, 0 elsewhere.",
        "[1, 2], [[3], [4]]", "[[1, 2, 0], [0, 0, 3], [0, 0, 4]]", "f")
def block_diag(*tensors):
    refuse(any(x.ndim > 2 for x in tensors) or not tensors, "block_diag: expected tensors with at "
           f"most two axes, got shapes {[x.shape for x in tensors]}")
    blocks, right, rows = list(map(atleast_2d, tensors)), 0, []
    width = builtins.sum(x.shape[1] for x in blocks)
    for x in blocks:
        left, right = right, right + x.shape[1]
        zeros = (leaf(np.zeros((x.shape[0], n), x.dtype)) for n in (left, width - right))
        rows.append(cat([next(zeros), x, next(zeros)], 1))
    return cat(rows)

@public("The powers of each element of a vector in rows, falling unless `increasing`.",
        "[1, 2, 3]", "[[1, 1, 1], [4, 2, 1], [9, 3, 1]]", "f")
def vander(x, N=None, increasing=False):
    N = x.shape[-1] if N is None else N
    refuse(x.ndim != 1 or N < 0, f"vander: expected a vector and N from 0 up, got {x.shape}, {N}")
    exponents = np.arange(N) if increasing else np.arange(N)[::-1]
    return ops.pow(x[:, None], leaf(exponents.astype(x.dtype)))

@public("The places in a tensor of this shape that the numbers of its elements, in rows, mean.",
        "[5], (2, 3)", "(tensor([1]), tensor([2]))", "f")
def unravel_index(indices, shape):
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    value, n = raw(indices), math.prod(shape)
    refuse(value.dtype.kind not in "iu" or value.size and not -n <= value.min() <= value.max() < n,
           f"unravel_index: expected whole numbers below {n}, got {indices!r:.60}", ValueError)
    return tuple(leaf(x) for x in np.unravel_index(value % max(n, 1), shape))

moveaxis, row_stack, reshape_as = movedim, vstack, view_as
swapaxes = swapdims = also(transpose)
concat = concatenate = also(cat, "f")
