"""Counted in bins, area under points, covariance, choices of several: what data are asked for."""
import itertools
import warnings

import numpy as np

from .. import ops
from ..dtypes import INT64
from ..functions import clamp, matmul, sum
from ..graph import TensorBase, leaf, raw
from ..printing import returned
from ..public import at_least, floating, one_dtype, public, refuse
from ..shape import along, axes, reshape, stack
from .arrange import meshgrid
from .places import diagonal
from .reductions import cumsum

Histogram = returned("histogram", "hist bin_edges")

# Counted in bins

def _ends(name, value, range, beyond):
    """The outer edges, of the data if there is no range, with some room where they are equal."""
    low, high = range or ((value.min().item(), value.max().item()) if value.size else (0, 1))
    refuse(not np.isfinite([low, high]).all(), f"{name}: range of [{low}, {high}] is not finite")
    refuse(low > high, f"{name}: expected a range with min ≤ max, got {low} and {high}")
    return (low - beyond, high + beyond) if low == high else (low, high)

@public("How many numbers fall into each of `bins` equal bins from min to max, or of the data.",
        "[1., 2., 1.], bins=4, min=0, max=3", "[0., 2., 1., 0.]")
def histc(input, bins=100, min=0, max=0):
    value = raw(floating("histc", input)).reshape(-1)
    refuse(bins < 1, f"histc: expected bins of 1 or more, got {bins}")
    low, high = _ends("histc", value, (min, max) if min != max or not value.size else None, 1)
    kind = value.dtype.type
    value = value[(value >= low) & (value <= high)]
    places = ((value - kind(low)) * kind(bins) / (kind(high) - kind(low))).astype(int)
    counts = np.bincount(np.minimum(places, bins - 1), minlength=bins)
    return leaf(counts.astype(input.dtype))

@public("`(hist, bin_edges)`: numbers (or their weights) in bins, so many or between given edges.",
        "mg.histogram(mg.tensor([1., 2., 1.]), bins=4, range=(0., 3.)).hist",
        "tensor([0., 2., 1., 0.])")
def histogram(input, bins=100, *, range=None, weight=None, density=False):
    value = raw(floating("histogram", input)).reshape(-1)
    if isinstance(bins, TensorBase):
        refuse(bins.ndim != 1 or bins.dtype != input.dtype or range is not None,
               "histogram: expected edges of one axis and the input's dtype, and no range, got "
               f"{bins.dtype}{[*bins.shape]} and range={range}")
        edges = raw(bins)
    else:
        refuse(bins < 1, f"histogram: expected bins of 1 or more, got {bins}")
        low, high = _ends("histogram", value, range, 0.5)
        edges = np.linspace(low, high, bins + 1).astype(value.dtype)
    refuse(weight is not None and (weight.shape != input.shape or weight.dtype != input.dtype),
           f"histogram: expected weights like the input, {input.dtype}{[*input.shape]}, got "
           f"{getattr(weight, 'dtype', None)}{[*getattr(weight, 'shape', ())]}")
    inside = (value >= edges[0]) & (value <= edges[-1])
    places = np.minimum(np.searchsorted(edges, value[inside], "right"), len(edges) - 1) - 1
    weights = None if weight is None else raw(weight).reshape(-1)[inside]
    hist = np.bincount(places, weights, len(edges) - 1).astype(value.dtype)
    hist = hist / (hist.sum() * np.diff(edges)) if density else hist
    return Histogram(leaf(hist), leaf(edges))

# The area under points, by trapezoids

def _heights(name, y, x, dx, dim):
    """Twice the mean heights times the widths of the pieces, and half of what multiplies them."""
    axis = axes(at_least(name, y, 1), dim, name)
    pair = along(y, axis, slice(0, -1)) + along(y, axis, slice(1, None))
    refuse(x is not None and dx is not None, f"{name}: expected x or dx, got both")
    if x is None:
        return pair, axis, (1 if dx is None else dx) / 2
    refuse(x.ndim == 0 or x.ndim == 1 and x.shape[0] != y.shape[axis],
           f"{name}: expected x with {y.shape[axis]} places, as y along dim {dim}, got {x.shape}")
    if x.ndim == 1:
        x = reshape(x, *(-1 if i == axis else 1 for i, _ in enumerate(y.shape)))
    elif x.ndim < y.ndim:
        x = reshape(x, *[1] * (y.ndim - x.ndim), *x.shape)
    place = axis + x.ndim - y.ndim
    return (along(x, place, slice(1, None)) - along(x, place, slice(0, -1))) * pair, axis, 0.5

@public("The area under the points y along `dim`, at places x or at distances dx.",
        "[1., 5., 10.]", "10.5000", "f")
def trapezoid(y, x=None, *, dx=None, dim=-1):
    pieces, axis, half = _heights("trapezoid", y, x, dx, dim)
    return sum(pieces, axis) * half

trapz = trapezoid

@public("The area under the points y along `dim` up to each of them, at places x or distances dx.",
        "[1., 5., 10.]", "[ 3.0000, 10.5000]", "f")
def cumulative_trapezoid(y, x=None, *, dx=None, dim=-1):
    pieces, axis, half = _heights("cumulative_trapezoid", y, x, dx, dim)
    return cumsum(pieces, axis) * half

# How variables vary together

@public("The covariances of variables (rows) over observations (columns), of which some may count\n"
        "more: `fweights` times each, or by `aweights`.",
        "[[0., 2., 1.], [0., 4., 2.]]", "[[1.0, 2.0], [2.0, 4.0]]")
def cov(input, *, correction=1, fweights=None, aweights=None):
    refuse(input.ndim > 2 or input.dtype.kind == "b",
           f"cov: expected numbers with at most two axes, got {input.dtype}{[*input.shape]}")
    x = input if input.ndim == 2 else reshape(input, 1, -1)
    n = x.shape[1]
    for w, kinds in ((fweights, "iu"), (aweights, "f")):
        wrong = w is not None and (w.shape != (n,) or w.dtype.kind not in kinds)
        refuse(wrong or w is not None and (raw(w) < 0).any(), f"cov: expected {n} weights from 0 "
               f"up, fweights whole and aweights floating, got {w!r:.60}")
    w = fweights if aweights is None else aweights if fweights is None else fweights * aweights
    whole = n if w is None else sum(w)
    mean = sum(x if w is None else x * w, 1) / whole
    rest = n - correction if w is None else whole if correction == 0 else (
        whole - correction * (1 if aweights is None else sum(w * aweights) / whole))
    if (rest if w is None else raw(rest)) <= 0:
        warnings.warn("cov: there are no more observations than the correction takes away",
                      stacklevel=2)
        rest = 0 if w is None else rest * 0
    away = x - mean[:, None]
    out = matmul(away, (away if w is None else away * w).mT) / rest
    return reshape(out, ()) if len(x) == 1 else out

@public("The correlations of variables (rows) over observations (columns).",
        "[[0., 2., 1.], [0., 4., 2.]]", "[[1.0, 1.0], [1.0, 1.0]]")
def corrcoef(input):
    c = cov(input)
    if c.ndim == 0:
        return c / c
    width = ops.sqrt(diagonal(c))
    return clamp(c / width[:, None] / width, -1, 1)

# Choices of several

@public("All ways to take one from each vector, in rows.", "[1, 2], [3, 4]",
        "[[1, 3], [1, 4], [2, 3], [2, 4]]", "f")
def cartesian_prod(*tensors):
    refuse(any(x.ndim != 1 for x in tensors) or not tensors, "cartesian_prod: expected vectors, "
           f"got shapes {[x.shape for x in tensors]}")
    one_dtype("cartesian_prod", *tensors)
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(x, -1) for x in meshgrid(*tensors, indexing="ij")], 1)

@public("All choices of r elements of a vector, in their order, in rows.", "[1, 2, 3]",
        "[[1, 2], [1, 3], [2, 3]]")
def combinations(input, r=2, with_replacement=False):
    refuse(input.ndim != 1 or r < 0,
           f"combinations: expected a vector and r of 0 or more, got {input.shape} and r={r}")
    if r == 0:
        return leaf(np.zeros(0, input.dtype))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array([*choose(range(input.shape[0]), r)], INT64).reshape(-1, r)
    return ops.getitem(input, index=(rows,))
