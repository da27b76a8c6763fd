"""Pools: one number for each window of images (N, C, H, W)."""
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .. import convolution
from ..graph import leaf, raw
from ..public import refuse
from .arguments import pair
from .layer import Layer
from .windows import by_phases, fits, reach


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode: bool = False,
               return_indices: bool = False):
    """The largest number in each window of images (N, C, H, W), or of one (C, H, W).

    stride: None is the window's size. Of equal numbers the first one in the window receives the
    gradient. Padding never wins. `ceil_mode` keeps a last window that hangs over the edge.
    `return_indices` also gives where each was, as row · W + column.

    >>> mg.nn.functional.max_pool2d(mg.arange(16).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5,  7],
              [13, 15]]]])
    """
    window, stride, padding = images_and_window("max_pool2d", input, kernel_size, stride, padding)
    dilation = pair("max_pool2d", "dilation", dilation, 1)
    if input.ndim == 3:
        out = max_pool2d(input[None], window, stride, padding, dilation, ceil_mode, return_indices)
        return tuple(x[0] for x in out) if return_indices else out[0]
    far, size = reach(window, dilation), input.shape[2:]
    fits("max_pool2d", input, far, padding)
    after = overhang(input, far, stride, padding, ceil_mode)
    if any(padding) or any(after):
        lowest = -np.inf if input.dtype.kind == "f" else int(np.iinfo(input.dtype).min)
        input = convolution.pad(input, widths=((0, 0), (0, 0), *zip(padding, after)), value=lowest)
    if dilation == (1, 1):
        out = convolution.max_pool2d(input, window=window, stride=stride)
    else:
        out = by_phases(input, dilation, window,
                        lambda x: convolution.max_pool2d(x, window=window, stride=(1, 1)))
        out = out[:, :, ::stride[0], ::stride[1]].contiguous()
    if not return_indices:
        return out
    numbers = np.arange(math.prod(size)).reshape(size)
    numbers = np.pad(numbers, [*zip(padding, after)], constant_values=-1)
    return out, leaf(_places(raw(input), numbers, stride, window, dilation))

def _places(x, numbers, stride, window, dilation):
    """The number of the pixel that is the largest of each window of x; −1 are those of padding."""
    def windows(x):
        views = sliding_window_view(x, reach(window, dilation), axis=(-2, -1))
        views = views[..., ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]
        return views.reshape(*views.shape[:-2], -1)
    values = windows(x)
    numbers = np.broadcast_to(windows(numbers), values.shape)
    nan = np.isnan(values) if x.dtype.kind == "f" else np.zeros_like(values, bool)
    last_nan = values.shape[-1] - 1 - nan[..., ::-1].argmax(-1)
    largest, first = np.where(nan.any(-1), last_nan, values.argmax(-1)), (numbers >= 0).argmax(-1)
    found, real = (np.take_along_axis(numbers, place[..., None], -1)[..., 0]
                   for place in (largest, first))
    return np.where(found >= 0, found, real)                   # among −∞ padding might come first

def images_and_window(name, input, kernel_size, stride, padding):
    """Window, stride and padding as pairs, for images that they fit."""
    window = pair(name, "kernel_size", kernel_size, 1)
    stride = window if stride is None or stride == () else pair(name, "stride", stride, 1)
    padding = pair(name, "padding", padding, 0)
    refuse(input.ndim not in (3, 4),
           f"{name}: expected images of shape (N, C, H, W), got {input.shape}")
    refuse(any(2 * p > k for p, k in zip(padding, window)),
           f"{name}: expected a padding of at most half the window {window}, got {padding}")
    return window, stride, padding

def overhang(input, reach, stride, padding, ceil_mode):
    """The padding below and at the right; in ceil_mode what the last window inside needs."""
    if not ceil_mode:
        return padding
    found = []
    for n, k, s, p in zip(input.shape[2:], reach, stride, padding):
        last = -(-(n + 2 * p - k) // s)                        # of the windows 0, 1, …
        last -= last * s >= n + p
        found.append(max(last * s + k - n - p, 0))
    return tuple(found)


# The layers; where no stride is given, it is the window's size

class Pool(Layer):
    _quiet = ("return_indices", "ceil_mode", "count_include_pad", "divisor_override")

    def __post_init__(self):
        if self.stride is None:
            self.stride = self.kernel_size


MAX = "kernel_size stride padding dilation return_indices ceil_mode"

class MaxPool2d(Pool, of=max_pool2d, keeps=MAX, example="2"):
    _quiet = ("return_indices",)
