"""Convolutions: kernels slid over images (N, C, H, W), looking for patterns.

All are compositions of the row `conv2d` of `convolution`.
"""
from .. import convolution
from ..create import empty
from ..graph import raw
from ..public import refuse
from ..shape import along, cat
from ..tensor import Tensor
from .arguments import Pair, pair, several
from .init import default_
from .module import Module, Parameter
from .resize import pad
from .windows import by_phases, fits, reach


def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1,
           padding: Pair | str = 0, dilation: Pair = 1, groups: int = 1) -> Tensor:
    """A weight (O, C / groups, kh, kw) slid over images (N, C, H, W), or one -> (N, O, OH, OW).

    OH = (H + 2 · padding − dilation · (kh − 1) − 1) // stride + 1. Padding "same" keeps the size,
    "valid" is 0. With `groups`, each group of channels has kernels of its own; with `dilation`, a
    kernel reads every so many pixels.

    >>> image = mg.arange(9, dtype=mg.float32).reshape(1, 1, 3, 3)
    >>> mg.nn.functional.conv2d(image, mg.ones(1, 1, 2, 2))
    tensor([[[[ 8., 12.],
              [20., 24.]]]])
    """
    stride, dilation = pair("conv2d", "stride", stride, 1), pair("conv2d", "dilation", dilation, 1)
    if len({raw(x).dtype for x in (input, weight, bias) if x is not None}) > 1:
        raise RuntimeError(f"conv2d: expected one dtype, got {input.dtype} images and a "
                           f"{weight.dtype} weight")
    if input.ndim == 3 and weight.ndim == 4:
        return conv2d(input[None], weight, bias, stride, padding, dilation, groups)[0]
    channels, kernel = weight.shape[1] * groups, weight.shape[2:]
    if (input.ndim != 4 or input.shape[1] != channels or weight.ndim != 4
            or weight.shape[0] % groups):
        raise RuntimeError(f"conv2d: expected images of shape (N, {channels}, H, W) for the weight "
                           f"{weight.shape} in {groups} groups, got {input.shape}")
    input, padding = _padded(input, kernel, stride, padding, dilation)
    fits("conv2d", input, reach(kernel, dilation), padding)

    if dilation == (1, 1) and groups == 1:
        given = (input, weight) if bias is None else (input, weight, bias)
        return convolution.conv2d(*given, stride=stride, padding=padding)

    def one_group(x, w):
        if dilation == (1, 1):
            return convolution.conv2d(x, w, stride=stride, padding=padding)
        (p, q), (sh, sw) = padding, stride
        out = by_phases(pad(x, (q, q, p, p)), dilation, kernel,
                        lambda image: convolution.conv2d(image, w))
        return out[:, :, ::sh, ::sw].contiguous()

    outs = [one_group(x, w) for x, w in zip(_groups(input, 1, groups), _groups(weight, 0, groups))]
    out = outs[0] if groups == 1 else cat(outs, 1)
    return out if bias is None else out + bias.reshape(-1, 1, 1)

def _padded(input, kernel, stride, padding, dilation):
    """The padding as two numbers; "same" may add one row more below and at the right, here."""
    if padding == "valid":
        return input, (0, 0)
    if padding != "same":
        return input, pair("conv2d", "padding", padding, 0)
    if stride != (1, 1):
        raise ValueError(f"conv2d: padding='same' needs a stride of 1, got {stride}")
    rows, columns = (n - 1 for n in reach(kernel, dilation))
    return pad(input, (0, columns % 2, 0, rows % 2)), (rows // 2, columns // 2)

def _groups(x, axis, groups):
    size = x.shape[axis] // groups
    return [along(x, axis, slice(i * size, (i + 1) * size)) for i in range(groups)]


class Convolution(Module):
    """What all convolutions share: kernels, a bias, and how they begin; `axes` 1 for signals."""

    axes, output_padding = 2, None

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1,
                 padding: Pair | str = 0, dilation: Pair = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device=None, dtype=None):
        super().__init__()
        name = type(self).__name__
        refuse(groups < 1 or in_channels % groups or out_channels % groups,
               f"{name}: expected channels that {groups} groups divide, got {in_channels} and "
               f"{out_channels}", ValueError)
        refuse(padding_mode not in ("zeros", "reflect", "replicate", "circular"),
               f"{name}: expected padding_mode 'zeros', 'reflect', 'replicate' or 'circular', got "
               f"{padding_mode!r}", ValueError)
        fitting = ("same", "valid") if stride in (1, (1,), (1, 1)) else ("valid",)
        refuse(isinstance(padding, str) and padding not in fitting,
               f"{name}: expected padding to be numbers, 'valid', or, with a stride of 1, 'same'; "
               f"got {padding!r} and stride {stride}", ValueError)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.groups, self.padding_mode = groups, padding_mode
        self.kernel_size = self._each("kernel_size", kernel_size)
        self.stride, self.dilation = self._each("stride", stride), self._each("dilation", dilation)
        numbers = not isinstance(padding, str)
        self.padding = self._each("padding", padding, least=0) if numbers else padding
        ends = (out_channels, in_channels)[::1 if self.output_padding is None else -1]
        self.weight = Parameter(empty(ends[0], ends[1] // groups, *self.kernel_size, dtype=dtype))
        self.bias = Parameter(empty(out_channels, dtype=dtype)) if bias else None
        self.reset_parameters()

    def _each(self, setting, value, least=1):
        return several(type(self).__name__, setting, value, least, self.axes)

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
        return pad(input, tuple(widths), mode=self.padding_mode), 0

    def extra_repr(self):
        text = (f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
                f"stride={self.stride}")
        ones, zeros = (1,) * self.axes, (0,) * self.axes
        usual = {"padding": zeros, "dilation": ones, "output_padding": zeros, "groups": 1}
        for name in usual:
            if (value := getattr(self, name)) not in (usual[name], None):
                text += f", {name}={value}"
        text += ", bias=False" * (self.bias is None)
        return text + f", padding_mode={self.padding_mode}" * (self.padding_mode != "zeros")


class Conv2d(Convolution):
    """Kernels slid over images: (N, in_channels, H, W) -> (N, out_channels, OH, OW).

    OH = (H + 2 · padding − dilation · (kh − 1) − 1) // stride + 1, and OW likewise; padding "same"
    keeps the size. weight (out_channels, in_channels / groups, kh, kw) and bias (out_channels,)
    begin uniform on ±1/√fan_in. kernel_size, stride, padding and dilation are a whole number or
    two, for height and width.

    >>> mg.nn.Conv2d(1, 5, kernel_size=5)(mg.ones(64, 1, 28, 28)).shape
    torch.Size([64, 5, 24, 24])
    """

    def forward(self, input):
        input, padding = self._padded(input)
        return conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation,
                      self.groups)
