"""Convolutions backwards, from small images to large ones."""
from ... import ops
from ...public import public as says
from ...nn.arguments import Pair, Size, pair, refuse, several
from ...nn.conv import Convolution, conv2d
from ...nn.resize import pad
from ...nn.windows import reach, signal
from ...tensor import Tensor

@says("conv1d backwards: signals (N, C, L) and a weight (C, O / groups, k) -> (N, O, OL).",
      "mg.nn.functional.conv_transpose1d(mg.tensor([[1., 2.]]), mg.tensor([[[1., 1., 1.]]]))",
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

def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1,
                     dilation=1):
    """conv2d backwards: images (N, C, H, W) and a weight (C, O / groups, kh, kw) -> (N, O, OH, OW).

    OH = (H − 1) · stride − 2 · padding + dilation · (kh − 1) + output_padding + 1. Every pixel
    paints the kernel, as strongly as it is bright: a convolution with the turned kernel, once the
    pixels stand `stride` apart.

    >>> row, kernel = mg.tensor([[[1., 2.]]]), mg.ones(1, 1, 2, 2)
    >>> mg.nn.functional.conv_transpose2d(row, kernel, stride=2)
    tensor([[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]])
    """
    name = "conv_transpose2d"
    stride, dilation = pair(name, "stride", stride, 1), pair(name, "dilation", dilation, 1)
    padding = pair(name, "padding", padding, 0)
    extra = pair(name, "output_padding", output_padding, 0)
    if input.ndim == 3:
        return conv_transpose2d(input[None], weight, bias, stride, padding, extra, groups,
                                dilation)[0]
    if (input.ndim != 4 or weight.ndim != 4 or input.shape[1] != weight.shape[0]
            or weight.shape[0] % groups):
        raise RuntimeError(f"{name}: expected images of shape (N, {weight.shape[0]}, H, W) for the "
                           f"weight {weight.shape} in {groups} groups, got {input.shape}")
    if any(n >= max(s, d) for n, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(f"{name}: expected output_padding below stride or dilation, got {extra}")
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
    def __init__(self, in_channels, out_channels, kernel_size, stride=1,
                 padding=0, output_padding=0, groups=1, bias=True,
                 dilation=1, padding_mode="zeros", device=None, dtype=None):
        refuse(type(self).__name__, padding_mode=(padding_mode, "zeros"))
        self.output_padding = self._each("output_padding", output_padding, least=0)
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups,
                         bias, padding_mode, device, dtype)

    def forward(self, input, output_size=None):
        refuse(type(self).__name__, output_size=(output_size, None))
        return self._function(input, self.weight, self.bias, self.stride, self.padding,
                              self.output_padding, self.groups, self.dilation)

class ConvTranspose2d(_ConvTranspose):
    """Conv2d backwards: (N, in_channels, H, W) -> (N, out_channels, OH, OW).

    OH = (H − 1) · stride − 2 · padding + dilation · (kh − 1) + output_padding + 1.
    weight (in_channels, out_channels / groups, kh, kw).

    >>> mg.nn.ConvTranspose2d(8, 4, kernel_size=2, stride=2)(mg.ones(2, 8, 7, 7)).shape
    (2, 4, 14, 14)
    """

    _function = staticmethod(conv_transpose2d)

@says("Conv1d backwards: (N, in_channels, L) -> (N, out_channels, OL); as ConvTranspose2d.",
      "mg.nn.ConvTranspose1d(4, 8, kernel_size=2, stride=2)(mg.ones(2, 4, 5)).shape", "(2, 8, 10)")
class ConvTranspose1d(_ConvTranspose):
    axes, _function = 1, staticmethod(conv_transpose1d)
