"""Layers for images: Conv2d looks for patterns, MaxPool2d keeps the strongest answer of each window."""
from ..create import empty
from . import functional as F
from .init import default_
from .module import Module, Parameter


class Conv2d(Module):
    """Kernels slid over images: (N, in_channels, H, W) -> (N, out_channels, OH, OW).

    OH = (H + 2 · padding − kh) // stride + 1, and OW likewise.
    weight (out_channels, in_channels, kh, kw) and bias (out_channels,) begin uniform on ±1/√(in_channels·kh·kw).
    kernel_size, stride and padding are a whole number or two, for height and width. Dilation, groups and other padding
    than zeros raise NotImplementedError.

    >>> mg.nn.Conv2d(1, 5, kernel_size=5)(mg.ones(64, 1, 28, 28)).shape
    (64, 5, 24, 24)
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, int],
                 stride: int | tuple[int, int] = 1, padding: int | tuple[int, int] = 0, dilation=1, groups: int = 1,
                 bias: bool = True, padding_mode: str = "zeros", *, dtype=None):
        super().__init__()
        F.refuse("Conv2d", dilation=(dilation, 1, (1, 1)), groups=(groups, 1), padding_mode=(padding_mode, "zeros"))
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = F.pair("Conv2d", "kernel_size", kernel_size, 1)
        self.stride, self.padding = F.pair("Conv2d", "stride", stride, 1), F.pair("Conv2d", "padding", padding, 0)
        self.weight = Parameter(empty(out_channels, in_channels, *self.kernel_size, dtype=dtype))
        self.bias = Parameter(empty(out_channels, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new first values."""
        default_(self.weight, self.bias)

    def forward(self, input):
        return F.conv2d(input, self.weight, self.bias, self.stride, self.padding)

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        return text + f", padding={self.padding}" * (self.padding != (0, 0)) + ", bias=False" * (self.bias is None)


class MaxPool2d(Module):
    """The largest number of each window: (N, C, H, W) -> (N, C, OH, OW); stride: None is the window's size.

    >>> mg.nn.MaxPool2d(2)(mg.ones(64, 16, 28, 28)).shape
    (64, 16, 14, 14)
    """

    def __init__(self, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None,
                 padding: int | tuple[int, int] = 0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        F.refuse("MaxPool2d", dilation=(dilation, 1, (1, 1)), return_indices=(return_indices, False),
                 ceil_mode=(ceil_mode, False))
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def forward(self, input):
        return F.max_pool2d(input, self.kernel_size, self.stride, self.padding)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
