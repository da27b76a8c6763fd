"""Layers that change the size of images and signals without learning: borders, larger pixels, shuffled channels."""
from . import functional as F
from .layer import Layer
from .module import Module


class PixelShuffle(Layer, of=F.pixel_shuffle, keeps="upscale_factor", example="2"): ...
class PixelUnshuffle(Layer, of=F.pixel_unshuffle, keeps="downscale_factor", example="2"): ...


class Upsample(Layer, of=F.interpolate, keeps="size scale_factor mode align_corners recompute_scale_factor",
               example="scale_factor=2"):
    mode, align_corners = "nearest", None

    def __post_init__(self):
        F.refuse("Upsample", mode=(self.mode, "nearest"), align_corners=(self.align_corners, None))

    def extra_repr(self):
        given = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{given}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample, of=F.interpolate, keeps="size scale_factor", example="scale_factor=2"): ...


class _Pad(Module):
    """Borders around signals (`axes` 1) or images (2)."""

    def __init_subclass__(cls, axes: int = 0, mode: str = "", does: str = ""):
        if does:
            cls.axes, cls.mode, sides = axes, mode, "left, right" if axes == 1 else "left, right, top, bottom"
            cls.__doc__ = (f"{does}; `padding` is one width or ({sides}).\n\n"
                           f">>> mg.nn.{cls.__name__}(1)(mg.ones(1{', 4' * axes})).shape\n(1{', 6' * axes})\n")

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__()
        self.padding = (padding,) * (2 * self.axes) if isinstance(padding, int) else tuple(padding)

    def forward(self, input):
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self):
        return f"{self.padding}"


class ZeroPad1d(_Pad, axes=1, mode="constant", does="Zeros around a signal"): ...
class ZeroPad2d(_Pad, axes=2, mode="constant", does="Zeros around an image"): ...
class ReflectionPad1d(_Pad, axes=1, mode="reflect", does="Borders that mirror a signal"): ...
class ReflectionPad2d(_Pad, axes=2, mode="reflect", does="Borders that mirror an image"): ...
class ReplicationPad1d(_Pad, axes=1, mode="replicate", does="Borders that repeat a signal's outermost numbers"): ...
class ReplicationPad2d(_Pad, axes=2, mode="replicate", does="Borders that repeat an image's outermost pixels"): ...
class CircularPad1d(_Pad, axes=1, mode="circular", does="Borders from the other side of a signal"): ...
class CircularPad2d(_Pad, axes=2, mode="circular", does="Borders from the other side of an image"): ...
