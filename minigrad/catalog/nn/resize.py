"""Channels turned into pixels and back, and borders as layers."""
from ...public import public as says
from ...nn.layer import Layer
from ...nn.module import Module
from ...nn.resize import Upsample, interpolate, pad
from ...tensor import Tensor

@says("r · r channels as one of r times the height and width: (*, C·r², H, W) -> (*, C, H·r, W·r).",
      "mg.nn.functional.pixel_shuffle(mg.tensor([1., 2., 3., 4.]).reshape(4, 1, 1), 2)",
      "tensor([[[1., 2.],\n         [3., 4.]]])")
def pixel_shuffle(input, upscale_factor):
    r = upscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-3] % (r * r):
        raise RuntimeError(f"pixel_shuffle: expected (*, C·{r}·{r}, H, W), got {input.shape}")
    *lead, C, H, W = input.shape
    x, n = input.reshape(*lead, C // (r * r), r, r, H, W), len(lead)
    x = x.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return x.reshape(*lead, C // (r * r), H * r, W * r)

@says("The inverse of pixel_shuffle: (*, C, H·r, W·r) -> (*, C·r², H, W).",
      "mg.nn.functional.pixel_unshuffle(mg.tensor([[[1., 2.], [3., 4.]]]), 2).flatten()",
      "tensor([1., 2., 3., 4.])")
def pixel_unshuffle(input, downscale_factor):
    r = downscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-1] % r or input.shape[-2] % r:
        raise RuntimeError(f"pixel_unshuffle: expected (*, C, H·{r}, W·{r}), got {input.shape}")
    *lead, C, H, W = input.shape
    x, n = input.reshape(*lead, C, H // r, r, W // r, r), len(lead)
    x = x.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return x.reshape(*lead, C * r * r, H // r, W // r)

class PixelShuffle(Layer, of=pixel_shuffle, keeps="upscale_factor", example="2"): ...
class PixelUnshuffle(Layer, of=pixel_unshuffle, keeps="downscale_factor", example="2"): ...

class UpsamplingNearest2d(Upsample, of=interpolate, keeps="size scale_factor",
                          example="scale_factor=2"): ...

class _Pad(Module):
    """Borders around signals (`axes` 1) or images (2)."""

    def __init_subclass__(cls, axes=0, mode="", does=""):
        if does:
            sides = "left, right" if axes == 1 else "left, right, top, bottom"
            cls.axes, cls.mode = axes, mode
            cls.__doc__ = (f"{does}; `padding` is one width or ({sides}).\n\n"
                           f">>> mg.nn.{cls.__name__}(1)(mg.ones(1{', 4' * axes})).shape\n"
                           f"(1{', 6' * axes})\n")

    def __init__(self, padding):
        super().__init__()
        one = isinstance(padding, int)
        self.padding = (padding,) * (2 * self.axes) if one else tuple(padding)

    def forward(self, input): return pad(input, self.padding, self.mode)

    def extra_repr(self): return f"{self.padding}"

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
