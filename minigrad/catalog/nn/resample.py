"""Images in other sizes and other places: more modes of `interpolate`, and sampling by a grid.

Where a pixel comes from, and the weights of its neighbours, are PyTorch's (its UpSample.h and
GridSampler.h); the cubic ones are R. Keys's (1981) with a = −0.75.
"""
import warnings
from itertools import product

import numpy as np

from ... import ops
from ...create import ones_like
from ...functions import where
from ...graph import leaf, raw
from ...nn.resize import MODES, Upsample, _take, interpolate
from ...public import public, refuse
from .average import _evenly

def _places(input, axis, m, step, align_corners):
    """Where m pixels come from, as PyTorch counts: in the input's dtype (float32 at least)."""
    n, dtype = input.shape[axis], np.result_type(input.dtype, np.float32)
    new = np.arange(m, dtype=dtype)
    if align_corners:
        return new * dtype.type((n - 1) / (m - 1) if m > 1 else 0)
    return dtype.type(step) * (new + dtype.type(0.5)) - dtype.type(0.5)

def _mixed(input, axis, parts):
    """The sum of weights · input at places along an axis."""
    shape = (-1,) + (1,) * (input.ndim - axis - 1)
    last = input.shape[axis] - 1
    total = None
    for places, weights in parts:
        x = _take(input, axis, np.clip(places, 0, last))
        x = x * weights.reshape(shape).astype(input.dtype)
        total = x if total is None else total + x
    return total

def _linear(input, axis, *how):
    place = np.maximum(_places(input, axis, *how), 0)
    low = np.minimum(place.astype(int), input.shape[axis] - 1)
    part = np.clip(place - low, 0, 1).astype(place.dtype)
    return _mixed(input, axis, [(low, 1 - part), (low + 1, part)])

def _cubic_weights(t, a=-0.75):
    """Of the four neighbours from one before to two after, for a place t beyond one of them."""
    def near(x): return ((a + 2) * x - (a + 3)) * x * x + 1
    def far(x): return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return far(t + 1), near(t), near(1 - t), far(2 - t)

def _cubic(input, axis, *how):
    place = _places(input, axis, *how)
    low = np.floor(place)
    weights = _cubic_weights(place - low)
    return _mixed(input, axis, [(low.astype(int) + k, w) for k, w in zip(range(-1, 3), weights)])

def _nearest_exact(input, axis, m, step, align_corners):
    places = np.floor((np.arange(m, dtype=np.float32) + np.float32(0.5)) * np.float32(step))
    return _take(input, axis, np.minimum(places.astype(int), input.shape[axis] - 1))

def _area(input, axis, m, step, align_corners): return _evenly(input, axis, m, lambda x: x.mean(-1))

MODES |= {"nearest-exact": ((1, 2, 3), _nearest_exact), "area": ((1, 2, 3), _area),
          "linear": ((1,), _linear), "bilinear": ((2,), _linear), "trilinear": ((3,), _linear),
          "bicubic": ((2,), _cubic)}

class UpsamplingNearest2d(Upsample, of=interpolate, keeps="size scale_factor",
                          example="scale_factor=2"): ...
class UpsamplingBilinear2d(Upsample, of=interpolate, keeps="size scale_factor"):
    """Images (N, C, H, W) in another size, by mixing neighbours; the corners stay where they are.

    >>> mg.nn.UpsamplingBilinear2d(size=(1, 3))(mg.tensor([[[[1., 2.]]]]))
    tensor([[[[1.0000, 1.5000, 2.0000]]]])
    """

    mode = "bilinear"

    def forward(self, input):
        return interpolate(input, self.size, self.scale_factor, "bilinear", align_corners=True)

# Sampling by a grid

def _corners(align_corners):
    if align_corners is None:
        warnings.warn("grid_sample and affine_grid: align_corners is False unless given, since "
                      "PyTorch 1.3; pass it to say which is meant", stacklevel=3)
    return bool(align_corners)

@public("Where N images of `size` (N, C, H, W) look after the maps theta (N, 2, 3); also in 3-D.",
        "mg.nn.functional.affine_grid(mg.eye(2, 3)[None], (1, 1, 1, 2), align_corners=True)",
        "tensor([[[[-1.,  0.],\n          [ 1.,  0.]]]])")
def affine_grid(theta, size, align_corners=None):
    aligned, sizes, count = _corners(align_corners), tuple(size)[2:], len(size) - 2
    refuse(theta.dtype.kind != "f" or count not in (2, 3)
           or theta.shape != (size[0], count, count + 1),
           "affine_grid: expected a floating theta (N, 2, 3) for (N, C, H, W), or (N, 3, 4) for "
           f"(N, C, D, H, W), got {theta.dtype}{[*theta.shape]} and {tuple(size)}")
    base = np.ones((*sizes, count + 1), theta.dtype)
    for axis, n in enumerate(sizes):
        places = np.linspace(-1, 1, n, dtype=theta.dtype) if n > 1 else np.zeros(n, theta.dtype)
        places = places if aligned else places * theta.dtype.type((n - 1) / n)
        base[..., count - 1 - axis] = places.reshape(-1, *[1] * (count - 1 - axis))
    rows = leaf(base.reshape(-1, count + 1))
    return ops.matmul(rows, theta.mT).reshape(size[0], *sizes, count)

@public("""Images (N, C, H, W) read at places (x, y) of a grid (N, OH, OW, 2); ±1 are the edges.

Also (N, C, D, H, W) at (x, y, z). mode: "bilinear", "nearest", "bicubic"; padding_mode, of places
outside: "zeros", "border" or "reflection". Gradients flow to the images and to the grid.""",
        "x, grid = mg.tensor([[[[1., 3.]]]]), mg.zeros(1, 1, 1, 2); "
        "mg.nn.functional.grid_sample(x, grid, align_corners=False)", "tensor([[[[2.]]]])")
def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    aligned, sizes, count = _corners(align_corners), input.shape[2:], input.ndim - 2
    refuse(mode not in ("bilinear", "nearest", "bicubic") or padding_mode not in OUTSIDE,
           f"grid_sample: expected mode 'bilinear', 'nearest' or 'bicubic' and padding_mode "
           f"{', '.join(map(repr, OUTSIDE))}, got {mode!r} and {padding_mode!r}", ValueError)
    if count not in (2, 3) or grid.ndim != input.ndim or grid.shape[-1] != count or (
            grid.shape[0] != input.shape[0]) or grid.dtype != input.dtype or 0 in input.shape[1:]:
        raise RuntimeError("grid_sample: expected (N, C, H, W) and a grid (N, OH, OW, 2), or "
                           "(N, C, D, H, W) and (N, OD, OH, OW, 3), of one dtype, got "
                           f"{input.dtype}{[*input.shape]} and {grid.dtype}{[*grid.shape]}")
    refuse(mode == "bicubic" and count == 3, "grid_sample: bicubic reads images (N, C, H, W) only")
    places = [(grid[..., count - 1 - i] + 1) * ((n - 1) / 2) if aligned else
              ((grid[..., count - 1 - i] + 1) * n - 1) / 2 for i, n in enumerate(sizes)]
    bend = OUTSIDE[padding_mode]
    if mode == "bicubic":
        taps = [_cubic_taps(x, n, bend, aligned) for x, n in zip(places, sizes)]
    else:
        places = [bend(x, n, aligned) for x, n in zip(places, sizes)]
        taps = [(_nearest_tap if mode == "nearest" else _linear_taps)(x) for x in places]
    return _gathered(input, taps, grid.shape[1:-1])

def _gathered(input, taps, sizes):
    """The sum over all neighbours: `taps` are, for each axis, pairs of places and weights."""
    (N, C, *old), count = input.shape, input.ndim - 2
    rows = input.permute(0, *range(2, input.ndim), 1).reshape(-1, C)
    first, total = np.arange(N).reshape(-1, *[1] * count), 0
    for corner in product(*taps):
        row, inside, weight = first, True, 1
        for n, (place, part) in zip(old, corner):
            inside = inside & (place >= 0) & (place < n)
            row, weight = row * n + np.clip(place, 0, n - 1), weight * part
        x = ops.getitem(rows, index=(np.broadcast_to(row, (N, *sizes)).reshape(-1),))
        total = total + where(inside, weight, 0)[..., None] * x.reshape(N, *sizes, C)
    return total.permute(0, count + 1, *range(1, count + 1)).contiguous()

def _whole(x):
    """As whole numbers; what is none is outside."""
    return np.where(np.isfinite(x) & (np.abs(x) < 2**30), x, -100).astype(int)

def _nearest_tap(x): return [(_whole(np.rint(raw(x))), ones_like(x))]

def _linear_taps(x):
    low = np.floor(raw(x))
    return [(_whole(low), low + 1 - x), (_whole(low + 1), x - low)]

def _cubic_taps(x, n, bend, aligned):
    low = np.floor(raw(x))
    return [(_whole(raw(bend(leaf(low + k), n, aligned))), weight)
            for k, weight in zip(range(-1, 3), _cubic_weights(x - low))]

def _border(x, n, aligned):
    within = (raw(x) > 0) & (raw(x) < n - 1)              # elsewhere, and at the edge, no slope
    return where(within, x, leaf(np.clip(raw(x), 0, n - 1)))

def _reflection(x, n, aligned):
    """Mirrored at the outermost pixels' centres, or at their outer edges."""
    low, span = (0, n - 1) if aligned else (-0.5, n)
    if span == 0:
        return x * 0
    value = raw(x) - low
    turns = np.floor(np.abs(value) / span)
    slope = np.where(value < 0, -1, 1) * np.where(turns % 2 == 0, 1, -1)
    start = np.where(turns % 2 == 0, -turns * span, (turns + 1) * span)
    return _border((x - low) * slope.astype(x.dtype) + (start + low).astype(x.dtype), n, aligned)

OUTSIDE = {"zeros": lambda x, n, aligned: x, "border": _border, "reflection": _reflection}
