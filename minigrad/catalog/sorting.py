"""Order: sorted, largest, distinct, counted. Values are picked by position, with gradients."""

import numpy as np

from . import selection
from ..dtypes import BOOL, FLOAT32, INT32, INT64
from ..functions import picked
from ..graph import leaf, raw
from ..printing import returned
from ..public import one_dtype, public, refuse
from ..shape import axes
from .indexing import take_along_dim

Sort, TopK = (returned(name, "values indices") for name in ("sort", "topk"))

@public("The indices that sort along `dim`; equal elements keep their order.", "[3., 1.]", "[1, 0]")
def argsort(input, dim=-1, descending=False, stable=False):
    axis = axes(input, dim, "argsort")
    if input.ndim == 0:
        return leaf(np.zeros((), INT64))
    value = raw(input)
    if descending:                                  # from the back: equal ones keep their order
        turned = np.argsort(np.flip(value, axis), axis, kind="stable")
        return leaf(np.flip(value.shape[axis] - 1 - turned, axis).copy())
    return leaf(np.argsort(value, axis, kind="stable"))

@public("`(values, indices)` in rising or falling order along `dim`; equal ones keep their order.",
        "[3., 1., 2.]",
        "torch.return_types.sort(\nvalues=tensor([1., 2., 3.]),\nindices=tensor([1, 2, 0]))")
def sort(input, dim=-1, descending=False, stable=False):
    return picked(Sort, input, argsort(input, dim, descending), dim)
@public("The values in rising order along the first axis.", "[3., 1., 2.]", "[1., 2., 3.]")
def msort(input): return sort(input, 0).values

@public("The k largest elements along `dim` (or smallest), the best first, and their indices.",
        "[3., 1., 2.], 2",
        "torch.return_types.topk(\nvalues=tensor([3., 2.]),\nindices=tensor([0, 2]))")
def topk(input, k, dim=-1, largest=True, sorted=True):
    axis = axes(input, dim, "topk")
    refuse(not 0 <= k <= (input.shape[axis] if input.ndim else 1),
           f"topk: expected k from 0 to the size of dim {dim} of shape {input.shape}, got {k}")
    order = argsort(input, axis, largest)
    if not input.ndim or not k:
        order = leaf(np.take(raw(order), np.arange(k), axis)) if input.ndim else order
        return picked(TopK, input, order, axis)
    rows, places = np.moveaxis(raw(input), axis, -1), np.moveaxis(raw(order), axis, -1)
    best = np.take_along_axis(rows, places[..., :k + 1], -1)
    tied = (best[..., 1:] == best[..., :-1]) | (best[..., 1:] != best[..., 1:])
    places = places[..., :k].copy()
    for row in map(tuple, np.argwhere(tied.any(-1) | (not sorted))):
        places[row] = selection.first_k(selection.ranks(rows[row], largest), k, sorted)
    return picked(TopK, input, leaf(np.moveaxis(places, -1, axis)), axis)

@public("The distinct elements (or slices along `dim`), where each went, how often it came.",
        "[2, 1, 2], return_counts=True", "(tensor([1, 2]), tensor([1, 2]))")
def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    value, axis = raw(input), axes(input, dim, "unique")
    if axis is not None and value.shape[axis] == 0 and 0 in np.delete(value.shape, axis):
        raise RuntimeError(f"unique: no slices along dim {dim} of shape {input.shape}")
    values, inverse, counts = np.unique(value, return_inverse=True, return_counts=True, axis=axis)
    inverse = inverse.reshape(-1 if dim is not None else value.shape)
    return _asked(values, (inverse, return_inverse), (counts, return_counts))

@public("The elements without those that equal the one before (along `dim`: the slices).",
        "[1, 1, 2, 1]", "[1, 2, 1]")
def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    value = raw(input).reshape(-1) if dim is None else raw(input)
    axis = 0 if dim is None else axes(input, dim, "unique_consecutive")
    rows = np.moveaxis(value, axis, 0)
    new = np.ones(len(rows), BOOL)
    new[1:] = (rows[1:] != rows[:-1]).any(tuple(range(1, rows.ndim))) if len(rows) > 1 else False
    inverse, starts = np.cumsum(new) - 1, np.flatnonzero(new)
    counts = np.diff(np.append(starts, len(rows)))
    inverse = inverse.reshape(raw(input).shape) if dim is None else inverse
    values = np.moveaxis(rows[new], 0, axis)
    return _asked(values, (inverse, return_inverse), (counts, return_counts))

def _asked(values, *more):
    more = [leaf(np.asarray(x, INT64)) for x, asked in more if asked]
    values = leaf(np.ascontiguousarray(values))
    return (values, *more) if more else values

@public("Where each number would have to be put so that the sequence (its last axis) stays sorted.",
        "[1., 3., 5.], [3., 4.]", "[1, 2]", "f")
def searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None):
    refuse(side not in (None, "left", "right") or (side == "left" and right),
           f"searchsorted: expected side 'left' or 'right' that fits right={right}, got {side!r}")
    if sorter is not None:
        sorted_sequence = take_along_dim(sorted_sequence, sorter, -1)
    rows, wanted = raw(sorted_sequence), np.asarray(raw(input))
    side = "right" if right else side or "left"
    one_dtype("searchsorted", sorted_sequence, input)
    refuse(rows.ndim > 1 and rows.shape[:-1] != wanted.shape[:-1], "searchsorted: expected shapes "
           f"equal but for the last axis, got {rows.shape} and {wanted.shape}")
    found = np.empty(wanted.shape, INT32 if out_int32 else INT64)
    for place in np.ndindex(rows.shape[:-1]):
        found[place] = np.searchsorted(rows[place], wanted[place], side)
    return leaf(found)

@public("The number of the bucket that each element falls into, given their rising boundaries.",
        "[0., 3., 9.], [1., 3., 5.]", "[0, 1, 3]", "f")
def bucketize(input, boundaries, *, out_int32=False, right=False):
    refuse(boundaries.ndim != 1,
           f"bucketize: expected boundaries of one axis, got shape {boundaries.shape}")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)

@public("How often each number from 0 up occurs, or its weights' sum.", "[0, 2, 2]", "[1, 0, 2]")
def bincount(input, weights=None, minlength=0):
    value = raw(input)
    if value.ndim != 1 or value.dtype.kind not in "iu" or (value < 0).any() or minlength < 0:
        raise RuntimeError("bincount: expected a vector of whole numbers from 0 up, got "
                           f"{input.dtype}{[*input.shape]}")
    if weights is None:
        return leaf(np.asarray(np.bincount(value, minlength=minlength), INT64))
    refuse(weights.shape != input.shape,
           f"bincount: expected weights of shape {input.shape}, got {weights.shape}")
    out = np.bincount(value, raw(weights), minlength)
    return leaf(out.astype(FLOAT32) if weights.dtype == FLOAT32 else out)

@public("True where an element is a test element.", "[1, 2], [2, 3]", "[False,  True]", "f")
def isin(elements, test_elements, *, assume_unique=False, invert=False):
    return leaf(np.asarray(np.isin(raw(elements), raw(test_elements), invert=invert)))
