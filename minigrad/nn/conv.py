"""Layers for images and signals: convolutions look for patterns, pools summarize windows."""
from ..create import empty
from . import functional as F
from .init import default_
from .module import Module, Parameter

Pair = int | tuple[int, int]


class _Conv(Module):
    """What all convolutions share: kernels, a bias, and how they begin."""

    axes = 2

    def __init__(self, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
                 dtype, output_padding=None):
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

        def each(setting, value, least):
            return F.several(name, setting, value, least, self.axes)

        self.in_channels, self.out_channels = in_channels, out_channels
        self.groups, self.padding_mode = groups, padding_mode
        self.kernel_size, self.stride = each("kernel_size", kernel_size, 1), each("stride", stride, 1)
        self.dilation = each("dilation", dilation, 1)
        self.padding = padding if isinstance(padding, str) else each("padding", padding, 0)
        if output_padding is not None:
            self.output_padding = each("output_padding", output_padding, 0)
        ends = (in_channels, out_channels) if output_padding is not None else (out_channels, in_channels)
        self.weight = Parameter(empty(ends[0], ends[1] // groups, *self.kernel_size, dtype=dtype))
        self.bias = Parameter(empty(out_channels, dtype=dtype)) if bias else None
        self.reset_parameters()

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
            if (value := getattr(self, name, usual)) != usual:
                text += f", {name}={value}"
        text += ", bias=False" * (self.bias is None)
        return text + f", padding_mode={self.padding_mode}" * (self.padding_mode != "zeros")


class Conv1d(_Conv):
    """Kernels slid over signals: (N, in_channels, L) -> (N, out_channels, OL); settings as in Conv2d.

    >>> mg.nn.Conv1d(4, 8, kernel_size=3, padding=1)(mg.ones(2, 4, 10)).shape
    (2, 8, 10)
    """

    axes = 1

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | tuple[int], stride: int | tuple[int] = 1,
                 padding: int | tuple[int] | str = 0, dilation: int | tuple[int] = 1, groups: int = 1,
                 bias: bool = True, padding_mode: str = "zeros", device=None, dtype=None):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
                         dtype)

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

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1,
                 padding: Pair | str = 0, dilation: Pair = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device=None, dtype=None):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
                         dtype)

    def forward(self, input):
        input, padding = self._padded(input)
        return F.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class _ConvTranspose(_Conv):
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0,
                 output_padding: Pair = 0, groups: int = 1, bias: bool = True, dilation: Pair = 1,
                 padding_mode: str = "zeros", device=None, dtype=None):
        F.refuse(type(self).__name__, padding_mode=(padding_mode, "zeros"))
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
                         dtype, output_padding)

    def forward(self, input, output_size=None):
        F.refuse(type(self).__name__, output_size=(output_size, None))
        function = F.conv_transpose1d if self.axes == 1 else F.conv_transpose2d
        return function(input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups,
                        self.dilation)


class ConvTranspose1d(_ConvTranspose):
    """Conv1d backwards: (N, in_channels, L) -> (N, out_channels, OL); settings as in ConvTranspose2d.

    >>> mg.nn.ConvTranspose1d(4, 8, kernel_size=2, stride=2)(mg.ones(2, 4, 5)).shape
    (2, 8, 10)
    """

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """Conv2d backwards, from small images to large ones: (N, in_channels, H, W) -> (N, out_channels, OH, OW).

    OH = (H − 1) · stride − 2 · padding + dilation · (kh − 1) + output_padding + 1.
    weight (in_channels, out_channels / groups, kh, kw).

    >>> mg.nn.ConvTranspose2d(8, 4, kernel_size=2, stride=2)(mg.ones(2, 8, 7, 7)).shape
    (2, 4, 14, 14)
    """


class _MaxPool(Module):
    axes = 2

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
                 return_indices: bool = False, ceil_mode: bool = False):
        super().__init__()
        self.return_indices = return_indices
        self.kernel_size, self.padding, self.dilation, self.ceil_mode = kernel_size, padding, dilation, ceil_mode
        self.stride = kernel_size if stride is None else stride

    def forward(self, input):
        function = F.max_pool1d if self.axes == 1 else F.max_pool2d
        return function(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode,
                        self.return_indices)

    def extra_repr(self):
        return (f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
                f"dilation={self.dilation}, ceil_mode={self.ceil_mode}")


class MaxPool1d(_MaxPool):
    """The largest number of each window: (N, C, L) -> (N, C, OL); stride: None is the window's size.

    >>> mg.nn.MaxPool1d(2)(mg.tensor([[1., 3., 2., 0.]]))
    tensor([[3., 2.]])
    """

    axes = 1


class MaxPool2d(_MaxPool):
    """The largest number of each window: (N, C, H, W) -> (N, C, OH, OW); stride: None is the window's size.

    >>> mg.nn.MaxPool2d(2)(mg.ones(64, 16, 28, 28)).shape
    (64, 16, 14, 14)
    """


class AvgPool1d(Module):
    """The mean of each window: (N, C, L) -> (N, C, OL); stride: None is the window's size.

    >>> mg.nn.AvgPool1d(2)(mg.tensor([[1., 3., 2., 0.]]))
    tensor([[2., 1.]])
    """

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad

    def forward(self, input):
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(AvgPool1d):
    """The mean of each window: (N, C, H, W) -> (N, C, OH, OW); stride: None is the window's size.

    >>> mg.nn.AvgPool2d(2)(mg.ones(64, 16, 28, 28)).shape
    (64, 16, 14, 14)
    """

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True, divisor_override: int | None = None):
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def forward(self, input):
        return F.avg_pool2d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
                            self.divisor_override)


class _Adaptive(Module):
    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, input):
        return type(self).function(input, self.output_size)

    def extra_repr(self):
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_Adaptive):
    """The means of `output_size` windows that cover a signal evenly.

    >>> mg.nn.AdaptiveAvgPool1d(1)(mg.tensor([[1., 3., 2., 0.]]))
    tensor([[1.5000]])
    """

    function = F.adaptive_avg_pool1d


class AdaptiveAvgPool2d(_Adaptive):
    """The means of output_size windows that cover an image evenly; None keeps a size.

    >>> mg.nn.AdaptiveAvgPool2d(1)(mg.ones(2, 3, 8, 7)).shape
    (2, 3, 1, 1)
    """

    function = F.adaptive_avg_pool2d


class AdaptiveMaxPool1d(_Adaptive):
    """The largest numbers of `output_size` windows that cover a signal evenly.

    >>> mg.nn.AdaptiveMaxPool1d(1)(mg.tensor([[1., 3., 2., 0.]]))
    tensor([[3.]])
    """

    function = F.adaptive_max_pool1d

    def __init__(self, output_size, return_indices: bool = False):
        super().__init__(output_size)
        F.refuse(type(self).__name__, return_indices=(return_indices, False))


class AdaptiveMaxPool2d(AdaptiveMaxPool1d):
    """The largest numbers of output_size windows that cover an image evenly; None keeps a size.

    >>> mg.nn.AdaptiveMaxPool2d(1)(mg.ones(2, 3, 8, 7)).shape
    (2, 3, 1, 1)
    """

    function = F.adaptive_max_pool2d
