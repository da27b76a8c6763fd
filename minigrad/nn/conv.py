"""Layers for images and signals: convolutions look for patterns, pools summarize windows."""
from ..create import empty
from . import functional as F
from .init import default_
from .layer import Layer
from .module import Module, Parameter

Pair = int | tuple[int, int]


class _Conv(Module):
    """What all convolutions share: kernels, a bias, and how they begin; `axes` is 1 for signals, 2 for images."""

    axes, output_padding = 2, None

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1,
                 padding: Pair | str = 0, dilation: Pair = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device=None, dtype=None):
        super().__init__()
        name = type(self).__name__
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(f"{name}: expected channels that {groups} groups divide, "
                             f"got {in_channels} and {out_channels}")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(f"{name}: expected padding_mode 'zeros', 'reflect', 'replicate' or 'circular', "
                             f"got {padding_mode!r}")
        fitting = ("same", "valid") if stride in (1, (1,), (1, 1)) else ("valid",)
        if isinstance(padding, str) and padding not in fitting:
            raise ValueError(f"{name}: expected padding to be numbers, 'valid', or, with a stride of 1, 'same'; got "
                             f"{padding!r} and stride {stride}")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.groups, self.padding_mode = groups, padding_mode
        self.kernel_size, self.stride = self._each("kernel_size", kernel_size), self._each("stride", stride)
        self.dilation = self._each("dilation", dilation)
        self.padding = padding if isinstance(padding, str) else self._each("padding", padding, least=0)
        ends = (out_channels, in_channels) if self.output_padding is None else (in_channels, out_channels)
        self.weight = Parameter(empty(ends[0], ends[1] // groups, *self.kernel_size, dtype=dtype))
        self.bias = Parameter(empty(out_channels, dtype=dtype)) if bias else None
        self.reset_parameters()

    def _each(self, setting, value, least=1):
        return F.several(type(self).__name__, setting, value, least, self.axes)

    def reset_parameters(self) -> None:
        """Draw new first values."""
        default_(self.weight, self.bias)

    def _padded(self, input):
        """The input with its borders, and the padding that is left to do."""
        if self.padding_mode == "zeros" or self.padding == "valid":
            return input, self.padding
        if self.padding == "same":
            total = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size)]
            widths = [n for t in reversed(total) for n in (t // 2, t - t // 2)]
        else:
            widths = [n for p in reversed(self.padding) for n in (p, p)]
        return F.pad(input, tuple(widths), mode=self.padding_mode), 0

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        ones, zeros = (1,) * self.axes, (0,) * self.axes
        for name, usual in [("padding", zeros), ("dilation", ones), ("output_padding", zeros), ("groups", 1)]:
            if (value := getattr(self, name)) not in (usual, None):
                text += f", {name}={value}"
        text += ", bias=False" * (self.bias is None)
        return text + f", padding_mode={self.padding_mode}" * (self.padding_mode != "zeros")


class Conv1d(_Conv):
    """Kernels slid over signals: (N, in_channels, L) -> (N, out_channels, OL); settings as in Conv2d.

    >>> mg.nn.Conv1d(4, 8, kernel_size=3, padding=1)(mg.ones(2, 4, 10)).shape
    (2, 8, 10)
    """

    axes = 1

    def forward(self, input):
        input, padding = self._padded(input)
        return F.conv1d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv2d(_Conv):
    """Kernels slid over images: (N, in_channels, H, W) -> (N, out_channels, OH, OW).

    OH = (H + 2 · padding − dilation · (kh − 1) − 1) // stride + 1, and OW likewise; padding "same" keeps the size.
    weight (out_channels, in_channels / groups, kh, kw) and bias (out_channels,) begin uniform on ±1/√fan_in.
    kernel_size, stride, padding and dilation are a whole number or two, for height and width.

    >>> mg.nn.Conv2d(1, 5, kernel_size=5)(mg.ones(64, 1, 28, 28)).shape
    (64, 5, 24, 24)
    """

    def forward(self, input):
        input, padding = self._padded(input)
        return F.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class _ConvTranspose(_Conv):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0,
                 output_padding: Pair = 0, groups: int = 1, bias: bool = True, dilation: Pair = 1,
                 padding_mode: str = "zeros", device=None, dtype=None):
        F.refuse(type(self).__name__, padding_mode=(padding_mode, "zeros"))
        self.output_padding = self._each("output_padding", output_padding, least=0)
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
                         device, dtype)

    def forward(self, input, output_size=None):
        F.refuse(type(self).__name__, output_size=(output_size, None))
        return self._function(input, self.weight, self.bias, self.stride, self.padding, self.output_padding,
                             self.groups, self.dilation)


class ConvTranspose2d(_ConvTranspose):
    """Conv2d backwards, from small images to large ones: (N, in_channels, H, W) -> (N, out_channels, OH, OW).

    OH = (H − 1) · stride − 2 · padding + dilation · (kh − 1) + output_padding + 1.
    weight (in_channels, out_channels / groups, kh, kw).

    >>> mg.nn.ConvTranspose2d(8, 4, kernel_size=2, stride=2)(mg.ones(2, 8, 7, 7)).shape
    (2, 4, 14, 14)
    """

    _function = staticmethod(F.conv_transpose2d)


class ConvTranspose1d(_ConvTranspose):
    """Conv1d backwards: (N, in_channels, L) -> (N, out_channels, OL); settings as in ConvTranspose2d.

    >>> mg.nn.ConvTranspose1d(4, 8, kernel_size=2, stride=2)(mg.ones(2, 4, 5)).shape
    (2, 8, 10)
    """

    axes, _function = 1, staticmethod(F.conv_transpose1d)


# Pools look at windows; where no stride is given, it is the window's size

class _Pool(Layer):
    _quiet = ("return_indices",)

    def __post_init__(self):
        if self.stride is None:
            self.stride = self.kernel_size


class _AvgPool(_Pool):
    _quiet = ("ceil_mode", "count_include_pad", "divisor_override")


class _AdaptiveMaxPool(Layer):
    _quiet = ("return_indices",)

    def __post_init__(self):
        F.refuse(type(self).__name__, return_indices=(self.return_indices, False))


MAX = "kernel_size stride padding dilation return_indices ceil_mode"                # in the order of PyTorch's layers
AVG = "kernel_size stride padding ceil_mode count_include_pad"
TOP = "output_size return_indices"

class MaxPool1d(_Pool, of=F.max_pool1d, keeps=MAX, example="2"): ...
class MaxPool2d(_Pool, of=F.max_pool2d, keeps=MAX, example="2"): ...
class AvgPool1d(_AvgPool, of=F.avg_pool1d, keeps=AVG, example="2"): ...
class AvgPool2d(_AvgPool, of=F.avg_pool2d, keeps=AVG + " divisor_override", example="2"): ...
class AdaptiveAvgPool1d(Layer, of=F.adaptive_avg_pool1d, keeps="output_size", example="2"): ...
class AdaptiveAvgPool2d(Layer, of=F.adaptive_avg_pool2d, keeps="output_size", example="(4, 1)"): ...
class AdaptiveMaxPool1d(_AdaptiveMaxPool, of=F.adaptive_max_pool1d, keeps=TOP, example="2"): ...
class AdaptiveMaxPool2d(_AdaptiveMaxPool, of=F.adaptive_max_pool2d, keeps=TOP, example="(4, 1)"): ...
