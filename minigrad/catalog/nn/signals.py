"""Convolutions of signals (N, C, L): a signal is an image of height 1."""
from ...nn.arguments import Size, several
from ...nn.conv import Convolution, conv2d
from ...nn.windows import signal
from ...public import public as says


@says("A weight (O, C / groups, k) slid over signals (N, C, L), or one (C, L) -> (N, O, OL).",
      "mg.nn.functional.conv1d(mg.tensor([[1., 2., 4.]]), mg.tensor([[[-1., 1.]]]))",
      "tensor([[1., 2.]])")
def conv1d(input, weight, bias=None, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1,
           groups: int = 1):
    signal("conv1d", input, weight)
    stride = (1, *several("conv1d", "stride", stride, 1, 1))
    dilation = (1, *several("conv1d", "dilation", dilation, 1, 1))
    if not isinstance(padding, str):
        padding = (0, *several("conv1d", "padding", padding, 0, 1))
    images, kernels = input.unsqueeze(-2), weight.unsqueeze(-2)
    return conv2d(images, kernels, bias, stride, padding, dilation, groups).squeeze(-2)


@says("Kernels slid over signals: (N, in_channels, L) -> (N, out_channels, OL); as Conv2d.",
      "mg.nn.Conv1d(4, 8, kernel_size=3, padding=1)(mg.ones(2, 4, 10)).shape",
      "torch.Size([2, 8, 10])")
class Conv1d(Convolution):
    axes = 1

    def forward(self, input):
        input, padding = self._padded(input)
        return conv1d(input, self.weight, self.bias, self.stride, padding, self.dilation,
                      self.groups)
