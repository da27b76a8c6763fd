"""Pools: one number for each window of images (N, C, H, W)."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .. import convolution, ops
from ..graph import leaf, raw
from ..shape import stack
from ..tensor import Tensor
from .arguments import Pair, Size, pair
from .layer import Layer
from .windows import by_phases, fits, reach


def max_pool2d(input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0,
               dilation: Pair = 1, ceil_mode: bool = False,
               return_indices: bool = False) -> Tensor:
    """The largest number in each window of images (N, C, H, W), or of one (C, H, W).

    stride: None is the window's size. Of equal numbers the first one in the window receives the
    gradient. Padding never wins. `ceil_mode` keeps a last window that hangs over the edge.
    `return_indices` also gives where each was, as row · W + column.

    >>> mg.nn.functional.max_pool2d(mg.arange(16).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5,  7],
              [13, 15]]]])
    """
    window, stride, padding = _window("max_pool2d", input, kernel_size, stride, padding)
    dilation = pair("max_pool2d", "dilation", dilation, 1)
    if input.ndim == 3:
        out = max_pool2d(input[None], window, stride, padding, dilation, ceil_mode, return_indices)
        return tuple(x[0] for x in out) if return_indices else out[0]
    far, size = reach(window, dilation), input.shape[2:]
    fits("max_pool2d", input, far, padding)
    after = _after(input, far, stride, padding, ceil_mode)
    if any(padding) or any(after):
        lowest = -np.inf if input.dtype.kind == "f" else int(np.iinfo(input.dtype).min)
        input = ops.pad(input, widths=((0, 0), (0, 0), *zip(padding, after)), value=lowest)
    if dilation == (1, 1):
        out = convolution.max_pool2d(input, window=window, stride=stride)
    else:
        out = by_phases(input, dilation, window,
                        lambda x: convolution.max_pool2d(x, window=window, stride=(1, 1)))
        out = out[:, :, ::stride[0], ::stride[1]]
    if not return_indices:
        return out
    inside = np.pad(np.ones(size, bool), [*zip(padding, after)])
    return out, leaf(_places(raw(input), inside, size[1], padding, stride, window, dilation))

def _places(x, inside, width, padding, stride, window, dilation):
    """Where the largest number of each window of the padded x was, before the padding."""
    def windows(x):
        views = sliding_window_view(x, reach(window, dilation), axis=(-2, -1))
        views = views[..., ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]
        return views.reshape(*views.shape[:-2], -1)
    values, inner = windows(x), windows(inside)
    nan = np.isnan(values) if x.dtype.kind == "f" else np.zeros_like(values, bool)
    last_nan = values.shape[-1] - 1 - nan[..., ::-1].argmax(-1)
    place = np.where(nan.any(-1), last_nan, values.argmax(-1))
    inner = np.broadcast_to(inner, values.shape)
    real = np.take_along_axis(inner, place[..., None], -1)[..., 0]
    place = np.where(real, place, inner.argmax(-1))            # among −∞ padding might come first
    starts = np.ogrid[:place.shape[-2], :place.shape[-1]]
    rows, columns = (start * s - p + step * d for start, s, p, step, d in zip(
        starts, stride, padding, np.divmod(place, window[1]), dilation))
    return rows * width + columns

def avg_pool2d(input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Tensor:
    """The mean of each window of images (N, C, H, W), or of one (C, H, W).

    stride: None is the window's size. Padding counts as zeros, or not at all if not
    `count_include_pad`; what hangs over in `ceil_mode` never counts.

    >>> mg.nn.functional.avg_pool2d(mg.arange(16.).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 2.5000,  4.5000],
              [10.5000, 12.5000]]]])
    """
    window, stride, padding = _window("avg_pool2d", input, kernel_size, stride, padding)
    if input.dtype.kind != "f":
        raise NotImplementedError("avg_pool2d: minigrad averages floating numbers only, "
                                  f"got {input.dtype}; call .float()")
    if input.ndim == 3:
        return avg_pool2d(input[None], window, stride, padding, ceil_mode, count_include_pad,
                          divisor_override)[0]
    if divisor_override == 0:
        raise RuntimeError("avg_pool2d: expected a divisor_override other than 0")
    fits("avg_pool2d", input, window, padding)
    after = _after(input, window, stride, padding, ceil_mode)

    def sums(x):
        return convolution.slide(x, window=window, stride=stride).sum((-2, -1))
    ends = [(p, max(a, p)) for p, a in zip(padding, after)]
    total = sums(ops.pad(input, widths=((0, 0), (0, 0), *ends)))
    if divisor_override is not None:
        return total / divisor_override
    counted = np.pad(np.ones(input.shape[2:], input.dtype), [(p, p) for p in padding],
                     constant_values=count_include_pad)
    return total / sums(np.pad(counted, [(0, b - p) for p, b in ends]))

def _window(name, input, kernel_size, stride, padding):
    window = pair(name, "kernel_size", kernel_size, 1)
    stride = window if stride is None or stride == () else pair(name, "stride", stride, 1)
    padding = pair(name, "padding", padding, 0)
    if input.ndim not in (3, 4):
        raise RuntimeError(f"{name}: expected images of shape (N, C, H, W), got {input.shape}")
    if any(2 * p > k for p, k in zip(padding, window)):
        raise RuntimeError(f"{name}: expected a padding of at most half the window {window}, "
                           f"got {padding}")
    return window, stride, padding

def _after(input, reach, stride, padding, ceil_mode):
    """The padding below and at the right.

    In ceil_mode as much as the last window, which must begin inside, needs.
    """
    if not ceil_mode:
        return padding
    found = []
    for n, k, s, p in zip(input.shape[2:], reach, stride, padding):
        last = -(-(n + 2 * p - k) // s)                        # of the windows 0, 1, …
        last -= last * s >= n + p
        found.append(max(last * s + k - n - p, 0))
    return tuple(found)

def adaptive_avg_pool2d(input: Tensor, output_size: Size) -> Tensor:
    """The means of output_size windows that cover images (N, C, H, W) evenly; None keeps a size.

    >>> mg.nn.functional.adaptive_avg_pool2d(mg.ones(2, 3, 8, 7), (4, 1)).shape
    (2, 3, 4, 1)
    """
    return adaptive(input, or_kept(input, output_size), lambda x: x.mean(-1))

def or_kept(input, output_size):
    """Two sizes; None is the image's."""
    sizes = output_size if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    sizes = tuple(size or n for size, n in zip(sizes, input.shape[-2:]))
    return pair("adaptive pool", "output_size", sizes, 1)

def adaptive(input, sizes, reduce):
    """Axis by axis: n numbers in m windows, the i-th from ⌊i · n / m⌋ to ⌈(i + 1) · n / m⌉."""
    axes = len(sizes) + 1
    if input.ndim not in (axes, axes + 1):
        raise RuntimeError(f"adaptive pool to {sizes}: expected {axes} or {axes + 1} axes, "
                           f"got {input.shape}")
    for axis, m in zip((-1, -2), reversed(sizes)):
        x, n = input.transpose(axis, -1), input.shape[axis]
        if n % m:
            x = stack([reduce(x[..., i * n // m:-(-(i + 1) * n // m)]) for i in range(m)], -1)
        else:
            x = reduce(x.reshape(*x.shape[:-1], m, n // m))
        input = x.transpose(axis, -1)
    return input


# The layers; where no stride is given, it is the window's size

class Pool(Layer):
    """A pool with the settings of PyTorch's layer, in its order."""

    _quiet = ("return_indices", "ceil_mode", "count_include_pad", "divisor_override")

    def __post_init__(self):
        if self.stride is None:
            self.stride = self.kernel_size


MAX = "kernel_size stride padding dilation return_indices ceil_mode"
AVG = "kernel_size stride padding ceil_mode count_include_pad"

class MaxPool2d(Pool, of=max_pool2d, keeps=MAX, example="2"):
    _quiet = ("return_indices",)


class AvgPool2d(Pool, of=avg_pool2d, keeps=AVG + " divisor_override", example="2"): ...
class AdaptiveAvgPool2d(Layer, of=adaptive_avg_pool2d, keeps="output_size", example="(4, 1)"): ...
