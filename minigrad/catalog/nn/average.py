"""Means of windows of images (N, C, H, W), of one size or evenly laid."""
import numpy as np

from ... import convolution
from ...nn.arguments import several
from ...nn.layer import Layer
from ...nn.pool import Pool, images_and_window, overhang
from ...nn.windows import fits
from ...public import public as says, refuse
from ...shape import stack

AVG = "kernel_size stride padding ceil_mode count_include_pad"

@says("The mean of each window of images (N, C, H, W), or of one (C, H, W); stride: None is the\n"
      "window's size. Padding counts as zeros, or not at all if not `count_include_pad`; what\n"
      "hangs over in `ceil_mode` never counts.",
      "mg.nn.functional.avg_pool2d(mg.arange(8.).reshape(1, 1, 2, 4), 2)",
      "tensor([[[[2.5000, 4.5000]]]])")
def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None):
    window, stride, padding = images_and_window("avg_pool2d", input, kernel_size, stride, padding)
    refuse(input.dtype.kind != "f", "avg_pool2d: minigrad averages floating numbers only, got "
           f"{input.dtype}; call .float()", NotImplementedError)
    if input.ndim == 3:
        return avg_pool2d(input[None], window, stride, padding, ceil_mode, count_include_pad,
                          divisor_override)[0]
    refuse(divisor_override == 0, "avg_pool2d: expected a divisor_override other than 0")
    fits("avg_pool2d", input, window, padding)
    after = overhang(input, window, stride, padding, ceil_mode)

    def sums(x):
        return convolution.slide(x, window=window, stride=stride).sum((-2, -1))
    ends = [(p, max(a, p)) for p, a in zip(padding, after)]
    total = sums(convolution.pad(input, widths=((0, 0), (0, 0), *ends)))
    if divisor_override is not None:
        return total / divisor_override
    counted = np.pad(np.ones(input.shape[2:], input.dtype), [(p, p) for p in padding],
                     constant_values=count_include_pad)
    return total / sums(np.pad(counted, [(0, b - p) for p, b in ends]))

@says("The means of output_size windows that cover images (N, C, H, W) evenly; None keeps a size.",
      "mg.nn.functional.adaptive_avg_pool2d(mg.ones(2, 3, 8, 7), (4, 1)).shape",
      "torch.Size([2, 3, 4, 1])")
def adaptive_avg_pool2d(input, output_size):
    return _adaptive(input, _or_kept(input, output_size), lambda x: x.mean(-1))

def _or_kept(input, output_size, count=2):
    """A size for each of the last axes; None is the image's."""
    sizes = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * count
    sizes = tuple(size or n for size, n in zip(sizes, input.shape[-count:]))
    return several("adaptive pool", "output_size", sizes, 1, count)

def _adaptive(input, sizes, reduce):
    """The last axes, one after the other, in so many windows that cover them evenly."""
    axes = len(sizes) + 1
    refuse(input.ndim not in (axes, axes + 1), f"adaptive pool to {sizes}: expected {axes} or "
           f"{axes + 1} axes, got {input.shape}")
    for axis, m in enumerate(reversed(sizes), start=1):
        input = _evenly(input, -axis, m, reduce)
    return input.contiguous()

def _evenly(input, axis, m, reduce):
    """n numbers along an axis in m windows, the i-th from ⌊i · n / m⌋ to ⌈(i + 1) · n / m⌉."""
    x, n = input.transpose(axis, -1), input.shape[axis]
    if n % m:
        x = stack([reduce(x[..., i * n // m:-(-(i + 1) * n // m)]) for i in range(m)], -1)
    else:
        x = reduce(x.reshape(*x.shape[:-1], m, n // m))
    return x.transpose(axis, -1)


class AvgPool2d(Pool, of=avg_pool2d, keeps=AVG + " divisor_override", example="2"): ...
class AdaptiveAvgPool2d(Layer, of=adaptive_avg_pool2d, keeps="output_size", example="(4, 1)"): ...
