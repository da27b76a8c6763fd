"""Pools of signals (N, C, L), and the largest of evenly laid windows."""
from ...public import public as says
from ...nn.arguments import Size, refuse, several
from ...nn.layer import Layer
from ...nn.pool import MAX, Pool, max_pool2d
from ...nn.windows import signal
from ...tensor import Tensor
from .average import AVG, _adaptive, _or_kept, avg_pool2d

ROW = "(mg.tensor([[1., 3., 2., 0.]]), 2)"


@says("The largest number in each window of signals (N, C, L); stride: None is the window's size.",
      "mg.nn.functional.max_pool1d" + ROW, "tensor([[3., 2.]])")
def max_pool1d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               dilation: Size = 1, ceil_mode: bool = False, return_indices: bool = False) -> Tensor:
    window, stride, padding = _window("max_pool1d", input, kernel_size, stride, padding)
    dilation = (1, *several("max_pool1d", "dilation", dilation, 1, 1))
    out = max_pool2d(input.unsqueeze(-2), window, stride, padding, dilation, ceil_mode,
                     return_indices)
    return tuple(x.squeeze(-2) for x in out) if return_indices else out.squeeze(-2)

@says("The mean of each window of signals (N, C, L); stride: None is the window's size.",
      "mg.nn.functional.avg_pool1d" + ROW, "tensor([[2., 1.]])")
def avg_pool1d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               ceil_mode: bool = False, count_include_pad: bool = True) -> Tensor:
    window, stride, padding = _window("avg_pool1d", input, kernel_size, stride, padding)
    images = input.unsqueeze(-2)
    return avg_pool2d(images, window, stride, padding, ceil_mode, count_include_pad).squeeze(-2)

def _window(name, input, kernel_size, stride, padding):
    """A signal is an image of height 1."""
    signal(name, input)
    if input.ndim == 2 and 0 in input.shape:
        raise RuntimeError(f"{name}: expected a signal (C, L) that is not empty, "
                           f"got shape {input.shape}")
    window = several(name, "kernel_size", kernel_size, 1, 1)
    same = stride is None or stride == ()
    stride = window if same else several(name, "stride", stride, 1, 1)
    return (1, *window), (1, *stride), (0, *several(name, "padding", padding, 0, 1))

@says("The means of `output_size` windows that cover signals (N, C, L) evenly.",
      "mg.nn.functional.adaptive_avg_pool1d" + ROW, "tensor([[2., 1.]])")
def adaptive_avg_pool1d(input: Tensor, output_size: Size) -> Tensor:
    sizes = several("adaptive_avg_pool1d", "output_size", output_size, 1, 1)
    return _adaptive(input, sizes, lambda x: x.mean(-1))

@says("The largest numbers of `output_size` windows that cover signals (N, C, L) evenly.",
      "mg.nn.functional.adaptive_max_pool1d" + ROW, "tensor([[3., 2.]])")
def adaptive_max_pool1d(input: Tensor, output_size: Size, return_indices: bool = False) -> Tensor:
    refuse("adaptive_max_pool1d", return_indices=(return_indices, False))
    sizes = several("adaptive_max_pool1d", "output_size", output_size, 1, 1)
    return _adaptive(input, sizes, lambda x: x.max(-1)[0])

@says("The largest numbers of output_size windows that cover images (N, C, H, W) evenly; None\n"
      "keeps a size.",
      "mg.nn.functional.adaptive_max_pool2d(mg.ones(2, 3, 8, 7), (4, 1)).shape", "(2, 3, 4, 1)")
def adaptive_max_pool2d(input: Tensor, output_size: Size, return_indices: bool = False) -> Tensor:
    refuse("adaptive_max_pool2d", return_indices=(return_indices, False))
    return _adaptive(input, _or_kept(input, output_size), lambda x: x.max(-1)[0])


class _AdaptiveMax(Layer):
    _quiet = ("return_indices",)

    def __post_init__(self):
        refuse(type(self).__name__, return_indices=(self.return_indices, False))


TOP = "output_size return_indices"

class MaxPool1d(Pool, of=max_pool1d, keeps=MAX, example="2"):
    _quiet = ("return_indices",)


class AvgPool1d(Pool, of=avg_pool1d, keeps=AVG, example="2"): ...
class AdaptiveAvgPool1d(Layer, of=adaptive_avg_pool1d, keeps="output_size", example="2"): ...
class AdaptiveMaxPool1d(_AdaptiveMax, of=adaptive_max_pool1d, keeps=TOP, example="2"): ...
class AdaptiveMaxPool2d(_AdaptiveMax, of=adaptive_max_pool2d, keeps=TOP, example="(4, 1)"): ...
