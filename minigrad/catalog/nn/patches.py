"""Images cut into patches and put together again, and pools backwards."""
import math

import numpy as np

from ... import ops
from ...convolution import slide, unslide
from ...graph import raw
from ...nn.arguments import pair, several
from ...nn.layer import Layer
from ...nn.resize import pad
from ...nn.windows import fits, reach
from ...public import public, refuse

def _windows(name, kernel_size, dilation, padding, stride):
    return (pair(name, "kernel_size", kernel_size, 1), pair(name, "dilation", dilation, 1),
            pair(name, "padding", padding, 0), pair(name, "stride", stride, 1))

@public("The patches of images (N, C, H, W) under a window, as columns (N, C · kh · kw, L).",
        "mg.nn.functional.unfold(mg.ones(1, 3, 4, 5), (2, 3)).shape", "torch.Size([1, 18, 9])")
def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    if input.ndim == 3:
        return unfold(input[None], kernel_size, dilation, padding, stride)[0]
    refuse(input.ndim != 4 or 0 in input.shape[1:],
           f"unfold: expected images of shape (N, C, H, W) or (C, H, W), got {input.shape}")
    window, (d, e), (p, q), stride = _windows("unfold", kernel_size, dilation, padding, stride)
    far = reach(window, (d, e))
    fits("unfold", input, far, (p, q))
    x = slide(pad(input, (q, q, p, p)), window=far, stride=stride)[..., ::d, ::e]
    N, C, H, W, h, w = x.shape
    return x.permute(0, 1, 4, 5, 2, 3).reshape(N, C * h * w, H * W)

@public("The patches (N, C · kh · kw, L) of `unfold` put back into images; overlaps add up.",
        "mg.nn.functional.fold(mg.ones(1, 4, 2), (2, 3), 2)", "tensor([[[[1., 2., 1.],\n"
        "          [1., 2., 1.]]]])")
def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    if input.ndim == 2:
        return fold(input[None], output_size, kernel_size, dilation, padding, stride)[0]
    window, dilation, (p, q), stride = _windows("fold", kernel_size, dilation, padding, stride)
    size = pair("fold", "output_size", output_size, 1)
    far, whole = reach(window, dilation), (size[0] + 2 * p, size[1] + 2 * q)
    H, W = ((n - r) // s + 1 for n, r, s in zip(whole, far, stride))
    area = math.prod(window)
    refuse(input.ndim != 3 or input.shape[1] % area or input.shape[2] != H * W or min(H, W) < 1,
           f"fold: expected (N, C · {area}, {H} · {W}) for images {size}, got {input.shape}")
    x = input.reshape(input.shape[0], -1, *window, H, W).permute(0, 1, 4, 5, 2, 3)
    apart = (..., slice(None, None, dilation[0]), slice(None, None, dilation[1]))
    x = ops.scatter(x, index=apart, shape=(*x.shape[:4], *far))
    return unslide(x, size=whole, stride=stride)[..., p:p + size[0], q:q + size[1]].contiguous()

class Unfold(Layer, of=unfold, keeps="kernel_size dilation padding stride", example="(2, 3)"):
    _quiet = ()

class Fold(Layer, of=fold, keeps="output_size kernel_size dilation padding stride",
           example="(2, 3), 2"):
    _quiet = ()

# Pools backwards

def _unpooled(name, input, indices, kernel_size, stride, padding, output_size, count):
    refuse(input.ndim not in (count + 1, count + 2) or indices.shape != input.shape,
           f"{name}: expected numbers and indices of one shape with {count + 1} or {count + 2} "
           f"axes, got {input.shape} and {indices.shape}")
    window = several(name, "kernel_size", kernel_size, 1, count)
    stride = window if stride is None else several(name, "stride", stride, 1, count)
    padding = several(name, "padding", padding, 0, count)
    usual = tuple((n - 1) * s - 2 * p + k for n, s, p, k in zip(
        input.shape[input.ndim - count:], stride, padding, window))
    size = usual if output_size is None else tuple(output_size)[-count:]
    long = output_size is None or len(output_size) in (count, count + 2)
    refuse(not long or any(abs(n - m) >= s for n, m, s in zip(size, usual, stride)),
           f"{name}: expected an output_size within a stride of {usual}, got {output_size}",
           ValueError)
    n, places = math.prod(size), raw(indices)
    refuse(places.size and not 0 <= places.min() <= places.max() < n,
           f"{name}: expected indices from 0 to {n - 1}, got {places.min() if places.size else 0} "
           f"to {places.max() if places.size else 0}")
    lead = input.shape[:input.ndim - count]
    rows = math.prod(lead)
    place = np.arange(rows)[:, None], places.reshape(rows, -1)
    empty = np.zeros((rows, n), input.dtype)
    return ops.assign(empty, input.reshape(rows, -1), index=place).reshape(*lead, *size)

@public("max_pool1d backwards: the maxima at their `indices`, 0 elsewhere.",
        "mg.nn.functional.max_unpool1d(mg.tensor([[5.]]), mg.tensor([[1]]), 3)",
        "tensor([[0., 5., 0.]])")
def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    return _unpooled("max_unpool1d", input, indices, kernel_size, stride, padding, output_size, 1)

@public("max_pool2d backwards: the maxima at their `indices` (in rows), 0 elsewhere.",
        "mg.nn.functional.max_unpool2d(mg.tensor([[[5.]]]), mg.tensor([[[1]]]), 2)",
        "tensor([[[0., 5.],\n         [0., 0.]]])")
def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    return _unpooled("max_unpool2d", input, indices, kernel_size, stride, padding, output_size, 2)

@public("max_pool3d backwards: the maxima at their `indices` (in rows), 0 elsewhere.",
        "x = mg.ones(1, 1, 1, 1); mg.nn.functional.max_unpool3d(x, x.long() * 3, 2).sum((1, 3))",
        "tensor([[0., 1.]])")
def max_unpool3d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    return _unpooled("max_unpool3d", input, indices, kernel_size, stride, padding, output_size, 3)

class _Unpool(Layer):
    """The settings of a pool backwards; where no stride is given, it is the window's size."""

    def __post_init__(self):
        count = int(self._function.__name__[-2])
        self.kernel_size = several(type(self).__name__, "kernel_size", self.kernel_size, 1, count)
        self.padding = several(type(self).__name__, "padding", self.padding, 0, count)
        self.stride = self.kernel_size if self.stride is None else several(
            type(self).__name__, "stride", self.stride, 1, count)

    def forward(self, input, indices, output_size=None):
        return self._function(input, indices, self.kernel_size, self.stride, self.padding,
                              output_size)

POOL = "kernel_size stride padding"

class MaxUnpool1d(_Unpool, of=max_unpool1d, keeps=POOL, example="3"): ...
class MaxUnpool2d(_Unpool, of=max_unpool2d, keeps=POOL, example="2"): ...
class MaxUnpool3d(_Unpool, of=max_unpool3d, keeps=POOL, example="2"): ...
