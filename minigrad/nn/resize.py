"""Layers that change the size of images and signals without learning: borders, larger pixels, shuffled channels."""
from . import functional as F
from .module import Module


class Upsample(Module):
    """(N, C, …) in another size, each new pixel the nearest old one.

    >>> mg.nn.Upsample(scale_factor=2)(mg.tensor([[[1., 2.]]]))
    tensor([[[1., 1., 2., 2.]]])
    """

    def __init__(self, size=None, scale_factor=None, mode: str = "nearest", align_corners: bool | None = None,
                 recompute_scale_factor: bool | None = None):
        super().__init__()
        F.refuse("Upsample", mode=(mode, "nearest"), align_corners=(align_corners, None))
        self.size, self.scale_factor, self.mode, self.align_corners = size, scale_factor, mode, align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input):
        return F.interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners,
                             self.recompute_scale_factor)

    def extra_repr(self):
        given = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{given}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Upsample of images.

    >>> mg.nn.UpsamplingNearest2d(scale_factor=2)(mg.ones(1, 1, 2, 3)).shape
    (1, 1, 4, 6)
    """

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor)


class PixelShuffle(Module):
    """r · r channels become one channel of r times the size: (*, C·r², H, W) -> (*, C, H·r, W·r).

    >>> mg.nn.PixelShuffle(2)(mg.ones(1, 8, 3, 3)).shape
    (1, 2, 6, 6)
    """

    def __init__(self, upscale_factor: int):
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input):
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self):
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """The inverse of PixelShuffle.

    >>> mg.nn.PixelUnshuffle(2)(mg.ones(1, 2, 6, 6)).shape
    (1, 8, 3, 3)
    """

    def __init__(self, downscale_factor: int):
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input):
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self):
        return f"downscale_factor={self.downscale_factor}"


class _Pad(Module):
    mode, axes = "constant", 2

    def __init__(self, padding: int | tuple[int, ...], value: float | None = None):
        super().__init__()
        self.padding = (padding,) * (2 * self.axes) if isinstance(padding, int) else tuple(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self):
        return f"{self.padding}"


class ZeroPad1d(_Pad):
    """Zeros around a signal; `padding` is one width or (left, right).

    >>> mg.nn.ZeroPad1d(1)(mg.ones(1, 1, 4)).shape
    (1, 1, 6)
    """

    axes = 1

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__(padding, 0.0)


class ZeroPad2d(_Pad):
    """Zeros around an image; `padding` is one width or (left, right, top, bottom).

    >>> mg.nn.ZeroPad2d(1)(mg.ones(1, 1, 4, 4)).shape
    (1, 1, 6, 6)
    """

    axes = 2

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__(padding, 0.0)


class ReflectionPad1d(_Pad):
    """Borders that mirror a signal; `padding` is one width or (left, right).

    >>> mg.nn.ReflectionPad1d(1)(mg.ones(1, 1, 4)).shape
    (1, 1, 6)
    """

    mode, axes = "reflect", 1

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__(padding)


class ReflectionPad2d(_Pad):
    """Borders that mirror an image; `padding` is one width or (left, right, top, bottom).

    >>> mg.nn.ReflectionPad2d(1)(mg.ones(1, 1, 4, 4)).shape
    (1, 1, 6, 6)
    """

    mode, axes = "reflect", 2

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__(padding)


class ReplicationPad1d(_Pad):
    """Borders that repeat the outermost pixel of a signal; `padding` is one width or (left, right).

    >>> mg.nn.ReplicationPad1d(1)(mg.ones(1, 1, 4)).shape
    (1, 1, 6)
    """

    mode, axes = "replicate", 1

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__(padding)


class ReplicationPad2d(_Pad):
    """Borders that repeat the outermost pixel of an image; `padding` is one width or (left, right, top, bottom).

    >>> mg.nn.ReplicationPad2d(1)(mg.ones(1, 1, 4, 4)).shape
    (1, 1, 6, 6)
    """

    mode, axes = "replicate", 2

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__(padding)


class CircularPad1d(_Pad):
    """Borders from the other side of a signal; `padding` is one width or (left, right).

    >>> mg.nn.CircularPad1d(1)(mg.ones(1, 1, 4)).shape
    (1, 1, 6)
    """

    mode, axes = "circular", 1

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__(padding)


class CircularPad2d(_Pad):
    """Borders from the other side of an image; `padding` is one width or (left, right, top, bottom).

    >>> mg.nn.CircularPad2d(1)(mg.ones(1, 1, 4, 4)).shape
    (1, 1, 6, 6)
    """

    mode, axes = "circular", 2

    def __init__(self, padding: int | tuple[int, ...]):
        super().__init__(padding)
