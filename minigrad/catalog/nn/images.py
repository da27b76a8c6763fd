"""Images and signals: convolved backwards, pooled, framed, pixels turned into channels."""
import math

import numpy as np

from ... import ops
from ...graph import leaf, raw
from ...nn.arguments import pair, refuse as only, several
from ...nn.conv import Convolution, conv2d
from ...nn.layer import Layer
from ...nn.module import Module
from ...nn.pool import MAX, Pool, max_pool2d
from ...nn.resize import pad
from ...nn.windows import reach, signal
from ...public import public, refuse
from .average import AVG, _adaptive, _or_kept, avg_pool2d

# Convolutions backwards, from small images to large ones

@public("conv1d backwards: signals (N, C, L) and a weight (C, O / groups, k) -> (N, O, OL).",
        "mg.nn.functional.conv_transpose1d(mg.tensor([[1., 2.]]), mg.ones(1, 1, 3))",
        "tensor([[1., 3., 3., 2.]])")
def conv_transpose1d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1,
                     dilation=1):
    signal("conv_transpose1d", input, weight)

    def flat(setting, value, least):
        return (least, *several("conv_transpose1d", setting, value, least, 1))
    return conv_transpose2d(
        input.unsqueeze(-2), weight.unsqueeze(-2), bias, flat("stride", stride, 1),
        flat("padding", padding, 0), flat("output_padding", output_padding, 0), groups,
        flat("dilation", dilation, 1)).squeeze(-2)

@public("""conv2d backwards: images (N, C, H, W), weight (C, O / groups, kh, kw) -> (N, O, OH, OW).

OH = (H − 1) · stride − 2 · padding + dilation · (kh − 1) + output_padding + 1. Every pixel paints
the kernel, as strongly as it is bright: a convolution with the turned kernel, once the pixels stand
`stride` apart.""",
        "mg.nn.functional.conv_transpose2d(mg.ones(1, 1, 1, 2), mg.ones(1, 1, 1, 3), stride=2)",
        "tensor([[[[1., 1., 2., 1., 1.]]]])")
def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1,
                     dilation=1):
    name = "conv_transpose2d"
    stride, dilation = pair(name, "stride", stride, 1), pair(name, "dilation", dilation, 1)
    padding = pair(name, "padding", padding, 0)
    extra = pair(name, "output_padding", output_padding, 0)
    if input.ndim == 3:
        return conv_transpose2d(input[None], weight, bias, stride, padding, extra, groups,
                                dilation)[0]
    refuse(input.ndim != 4 or weight.ndim != 4 or input.shape[1] != weight.shape[0]
           or weight.shape[0] % groups, f"{name}: expected images of shape (N, {weight.shape[0]}, "
           f"H, W) for the weight {weight.shape} in {groups} groups, got {input.shape}")
    refuse(any(n >= max(s, d) for n, s, d in zip(extra, stride, dilation)),
           f"{name}: expected output_padding below stride or dilation, got {extra}")
    (N, C, H, W), (sh, sw), (O, *kernel) = input.shape, stride, weight.shape[1:]
    apart = ops.scatter(input, index=(..., slice(None, None, sh), slice(None, None, sw)),
                        shape=(N, C, (H - 1) * sh + 1, (W - 1) * sw + 1))
    top, left = (n - 1 - p for n, p in zip(reach(kernel, dilation), padding))
    apart = pad(apart, (left, left + extra[1], top, top + extra[0]))
    turned = ops.getitem(weight, index=(..., slice(None, None, -1), slice(None, None, -1)))
    turned = turned.reshape(groups, C // groups, O, *kernel).transpose(1, 2)
    turned = turned.reshape(groups * O, C // groups, *kernel)
    return conv2d(apart, turned, bias, 1, 0, dilation, groups)

class _ConvTranspose(Convolution):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0,
                 output_padding=0, groups=1, bias=True, dilation=1, padding_mode="zeros",
                 device=None, dtype=None):
        only(type(self).__name__, padding_mode=(padding_mode, "zeros"))
        self.output_padding = self._each("output_padding", output_padding, least=0)
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups,
                         bias, padding_mode, device, dtype)

    def forward(self, input, output_size=None):
        only(type(self).__name__, output_size=(output_size, None))
        return self._function(input, self.weight, self.bias, self.stride, self.padding,
                              self.output_padding, self.groups, self.dilation)

@public("""Conv2d backwards: (N, in_channels, H, W) -> (N, out_channels, OH, OW).

OH = (H − 1) · stride − 2 · padding + dilation · (kh − 1) + output_padding + 1.
weight (in_channels, out_channels / groups, kh, kw).""",
        "mg.nn.ConvTranspose2d(8, 4, kernel_size=2, stride=2)(mg.ones(2, 8, 7, 7)).shape",
        "torch.Size([2, 4, 14, 14])")
class ConvTranspose2d(_ConvTranspose):
    _function = staticmethod(conv_transpose2d)

@public("Conv1d backwards: (N, in_channels, L) -> (N, out_channels, OL); as ConvTranspose2d.",
        "mg.nn.ConvTranspose1d(4, 8, 2, stride=2)(mg.ones(2, 4, 5)).shape",
        "torch.Size([2, 8, 10])")
class ConvTranspose1d(_ConvTranspose):
    axes, _function = 1, staticmethod(conv_transpose1d)

# Pools of signals, and the largest of evenly laid windows

ROW = "[[1., 3., 2., 0.]], 2"

@public("The largest number in each window of signals (N, C, L); stride None is the window's size.",
        ROW, "tensor([[3., 2.]])")
def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
               return_indices=False):
    window, stride, padding = _window("max_pool1d", input, kernel_size, stride, padding)
    dilation = (1, *several("max_pool1d", "dilation", dilation, 1, 1))
    out = max_pool2d(input.unsqueeze(-2), window, stride, padding, dilation, ceil_mode,
                     return_indices)
    return tuple(x.squeeze(-2) for x in out) if return_indices else out.squeeze(-2)

@public("The mean of each window of signals (N, C, L); stride None is the window's size.",
        ROW, "tensor([[2., 1.]])")
def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    window, stride, padding = _window("avg_pool1d", input, kernel_size, stride, padding)
    images = input.unsqueeze(-2)
    return avg_pool2d(images, window, stride, padding, ceil_mode, count_include_pad).squeeze(-2)

def _window(name, input, kernel_size, stride, padding):
    """A signal is an image of height 1."""
    signal(name, input)
    refuse(input.ndim == 2 and 0 in input.shape,
           f"{name}: expected a signal (C, L) that is not empty, got shape {input.shape}")
    window = several(name, "kernel_size", kernel_size, 1, 1)
    same = stride is None or stride == ()
    stride = window if same else several(name, "stride", stride, 1, 1)
    return (1, *window), (1, *stride), (0, *several(name, "padding", padding, 0, 1))

@public("The means of output_size windows that cover (N, C, L) evenly.", ROW, "tensor([[2., 1.]])")
def adaptive_avg_pool1d(input, output_size):
    sizes = several("adaptive_avg_pool1d", "output_size", output_size, 1, 1)
    return _adaptive(input, sizes, lambda x: x.mean(-1))

@public("The maxima of output_size windows that cover (N, C, L) evenly.", ROW, "tensor([[3., 2.]])")
def adaptive_max_pool1d(input, output_size, return_indices=False):
    sizes = several("adaptive_max_pool1d", "output_size", output_size, 1, 1)
    return _adaptive_max(input, sizes, return_indices)

@public("The maxima of output_size windows that cover (N, C, H, W) evenly; None keeps a size.",
        "mg.nn.functional.adaptive_max_pool2d(mg.ones(2, 3, 8, 7), (4, 1)).shape",
        "torch.Size([2, 3, 4, 1])")
def adaptive_max_pool2d(input, output_size, return_indices=False):
    return _adaptive_max(input, _or_kept(input, output_size), return_indices)

@public("The maxima of output_size windows that cover (N, C, D, H, W) evenly; None keeps a size.",
        "mg.nn.functional.adaptive_max_pool3d(mg.ones(2, 3, 4, 8, 7), (2, 4, 1)).shape",
        "torch.Size([2, 3, 2, 4, 1])")
def adaptive_max_pool3d(input, output_size, return_indices=False):
    return _adaptive_max(input, _or_kept(input, output_size, 3), return_indices)

@public("The means of output_size windows that cover (N, C, D, H, W) evenly; None keeps a size.",
        "mg.nn.functional.adaptive_avg_pool3d(mg.ones(2, 3, 4, 8, 7), (2, 4, 1)).shape",
        "torch.Size([2, 3, 2, 4, 1])")
def adaptive_avg_pool3d(input, output_size):
    return _adaptive(input, _or_kept(input, output_size, 3), lambda x: x.mean(-1))

def _adaptive_max(input, sizes, return_indices):
    """The maxima, and where each stands, counted in rows; of equal ones the first."""
    count = len(sizes)
    refuse(input.ndim not in (count + 1, count + 2), f"adaptive pool to {sizes}: expected "
           f"{count + 1} or {count + 2} axes, got {input.shape}")
    value, old = raw(input), input.shape[input.ndim - count:]
    places = np.broadcast_to(np.arange(math.prod(old)).reshape(old), value.shape)
    for axis, m in enumerate(reversed(sizes), start=1):
        n = value.shape[-axis]
        ends = [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
        best = np.stack([a + value.take(range(a, b), -axis).argmax(-axis) for a, b in ends], -axis)
        value, places = (np.take_along_axis(x, best, -axis) for x in (value, places))
    flat = input.flatten(-count).gather(-1, leaf(places.reshape(*places.shape[:-count], -1)))
    out = flat.reshape(places.shape)
    return (out, leaf(places)) if return_indices else out

class _AdaptiveMax(Layer):
    _quiet = ("return_indices",)

class MaxPool1d(Pool, of=max_pool1d, keeps=MAX, example="2"):
    _quiet = ("return_indices",)

TOP = "output_size return_indices"

class AvgPool1d(Pool, of=avg_pool1d, keeps=AVG, example="2"):
    def __post_init__(self):
        super().__post_init__()
        for name in ("kernel_size", "stride", "padding"):
            setattr(self, name, several("AvgPool1d", name, getattr(self, name), 0, 1))

class AdaptiveAvgPool1d(Layer, of=adaptive_avg_pool1d, keeps="output_size", example="2"): ...
class AdaptiveMaxPool1d(_AdaptiveMax, of=adaptive_max_pool1d, keeps=TOP, example="2"): ...
class AdaptiveMaxPool2d(_AdaptiveMax, of=adaptive_max_pool2d, keeps=TOP, example="(4, 1)"): ...
class AdaptiveMaxPool3d(_AdaptiveMax, of=adaptive_max_pool3d, keeps=TOP, example="(2, 4, 1)"): ...
class AdaptiveAvgPool3d(Layer, of=adaptive_avg_pool3d, keeps="output_size",
                        example="(2, 4, 1)"): ...

# Dropout of whole channels

# Channels turned into pixels and back

@public("r² channels as one of r times the height and width: (*, C·r², H, W) -> (*, C, H·r, W·r).",
        "mg.nn.functional.pixel_shuffle(mg.tensor([1., 2., 3., 4.]).reshape(4, 1, 1), 2)",
        "tensor([[[1., 2.],\n         [3., 4.]]])")
def pixel_shuffle(input, upscale_factor):
    r = upscale_factor
    refuse(input.ndim < 3 or r < 1 or input.shape[-3] % (r * r),
           f"pixel_shuffle: expected (*, C·{r}·{r}, H, W), got {input.shape}")
    *lead, C, H, W = input.shape
    x, n = input.reshape(*lead, C // (r * r), r, r, H, W), len(lead)
    x = x.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return _fresh(x.reshape(*lead, C // (r * r), H * r, W * r))

def _fresh(x): return x if x.origin is None else ops.clone(x, order="C")       # never a view

@public("The inverse of pixel_shuffle: (*, C, H·r, W·r) -> (*, C·r², H, W).",
        "mg.nn.functional.pixel_unshuffle(mg.ones(1, 4, 6), 2).shape", "torch.Size([4, 2, 3])")
def pixel_unshuffle(input, downscale_factor):
    r = downscale_factor
    refuse(input.ndim < 3 or r < 1 or input.shape[-1] % r or input.shape[-2] % r,
           f"pixel_unshuffle: expected (*, C, H·{r}, W·{r}), got {input.shape}")
    *lead, C, H, W = input.shape
    x, n = input.reshape(*lead, C, H // r, r, W // r, r), len(lead)
    x = x.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return _fresh(x.reshape(*lead, C * r * r, H // r, W // r))

@public("The channels (N, C, …) of so many groups dealt out in turn: the first of each first.",
        "mg.nn.functional.channel_shuffle(mg.arange(4).reshape(1, 4, 1), 2).flatten()",
        "tensor([0, 2, 1, 3])")
def channel_shuffle(input, groups):
    refuse(input.ndim < 3 or groups < 1 or input.shape[1] % groups,
           f"channel_shuffle: expected (N, C, …) with C a multiple of {groups}, got {input.shape}")
    N, C, *rest = input.shape
    return input.reshape(N, groups, C // groups, *rest).transpose(1, 2).reshape(N, C, *rest)

class ChannelShuffle(Layer, of=channel_shuffle, keeps="groups", example="2"): ...
class PixelShuffle(Layer, of=pixel_shuffle, keeps="upscale_factor", example="2"): ...
class PixelUnshuffle(Layer, of=pixel_unshuffle, keeps="downscale_factor", example="2"): ...

# Borders as layers

class _Pad(Module):
    """Borders around signals (`axes` 1), images (2) or volumes (3)."""

    def __init_subclass__(cls, axes=0, mode="", does="", takes="1"):
        if does:
            cls.axes, cls.mode = axes, mode
            sides = ", ".join("left, right, top, bottom, front, back".split(", ")[:2 * axes])
            example = f"mg.nn.{cls.__name__}({takes})(mg.ones(1{', 4' * axes})).shape"
            public(f"{does}; `padding` is one width or ({sides}).", example,
                   f"torch.Size([1{', 6' * axes}])")(cls)

    def __init__(self, padding):
        super().__init__()
        one = isinstance(padding, int)
        self.padding = (padding,) * (2 * self.axes) if one else tuple(padding)

    def forward(self, input): return pad(input, self.padding, self.mode)
    def extra_repr(self): return f"{self.padding}"

class _Constant(_Pad):
    """Borders of one number."""

    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def forward(self, input): return pad(input, self.padding, value=self.value)
    def extra_repr(self): return f"padding={self.padding}, value={self.value}"

REFLECT, REPLICATE = "Borders that mirror", "Borders that repeat the outermost"
CIRCULAR = "Borders from the other side of"

class ZeroPad1d(_Pad, axes=1, mode="constant", does="Zeros around a signal"): ...
class ZeroPad2d(_Pad, axes=2, mode="constant", does="Zeros around an image"): ...
class ReflectionPad1d(_Pad, axes=1, mode="reflect", does=f"{REFLECT} a signal"): ...
class ReflectionPad2d(_Pad, axes=2, mode="reflect", does=f"{REFLECT} an image"): ...
class ReplicationPad1d(_Pad, axes=1, mode="replicate", does=f"{REPLICATE} numbers"): ...
class ReplicationPad2d(_Pad, axes=2, mode="replicate", does=f"{REPLICATE} pixels"): ...
class CircularPad1d(_Pad, axes=1, mode="circular", does=f"{CIRCULAR} a signal"): ...
class CircularPad2d(_Pad, axes=2, mode="circular", does=f"{CIRCULAR} an image"): ...
class ZeroPad3d(_Pad, axes=3, mode="constant", does="Zeros around a volume"): ...
class ReflectionPad3d(_Pad, axes=3, mode="reflect", does=f"{REFLECT} a volume"): ...
class ReplicationPad3d(_Pad, axes=3, mode="replicate", does=f"{REPLICATE} numbers"): ...
class CircularPad3d(_Pad, axes=3, mode="circular", does=f"{CIRCULAR} a volume"): ...
class ConstantPad1d(_Constant, axes=1, takes="1, 0.5", does="A number around a signal"): ...
class ConstantPad2d(_Constant, axes=2, takes="1, 0.5", does="A number around an image"): ...
class ConstantPad3d(_Constant, axes=3, takes="1, 0.5", does="A number around a volume"): ...
