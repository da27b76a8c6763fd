"""Convolutions, pools, and changes of size, of images (N, C, H, W) and signals (N, C, L).

All are compositions of four rows: `conv2d`, `slide`, `max_pool2d` and indexing. A signal is an image of height 1.
"""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ... import convolution, ops
from ...graph import leaf, raw
from ...shape import cat, stack
from ...tensor import Tensor
from ..checks import fits, pair, refuse, several
from .resize import pad

Size = int | tuple[int, ...]


# Convolution

def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size | str = 0,
           dilation: Size = 1, groups: int = 1) -> Tensor:
    """A weight (O, C / groups, k) slid over signals (N, C, L), or one signal (C, L) -> (N, O, OL).

    >>> mg.nn.functional.conv1d(mg.tensor([[1., 2., 4.]]), mg.tensor([[[-1., 1.]]]))
    tensor([[1., 2.]])
    """
    _signal("conv1d", input, weight)
    stride, dilation = (several("conv1d", name, n, 1, 1) for name, n in (("stride", stride), ("dilation", dilation)))
    padding = padding if isinstance(padding, str) else (0, *several("conv1d", "padding", padding, 0, 1))
    out = conv2d(input.unsqueeze(-2), weight.unsqueeze(-2), bias, (1, *stride), padding, (1, *dilation), groups)
    return out.squeeze(-2)


def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int, int] = 1,
           padding: int | tuple[int, int] | str = 0, dilation: int | tuple[int, int] = 1, groups: int = 1) -> Tensor:
    """A weight (O, C / groups, kh, kw) slid over images (N, C, H, W), or one image (C, H, W) -> (N, O, OH, OW).

    OH = (H + 2 · padding − dilation · (kh − 1) − 1) // stride + 1. Padding "same" keeps the size, "valid" is 0. With
    `groups`, each group of channels has kernels of its own; with `dilation`, a kernel reads every so many pixels.

    >>> image = mg.arange(9, dtype=mg.float32).reshape(1, 1, 3, 3)
    >>> mg.nn.functional.conv2d(image, mg.ones(1, 1, 2, 2))
    tensor([[[[ 8., 12.],
              [20., 24.]]]])
    """
    stride, dilation = pair("conv2d", "stride", stride, 1), pair("conv2d", "dilation", dilation, 1)
    if len({x.dtype for x in (input, weight, bias) if x is not None}) > 1:
        raise RuntimeError(f"conv2d: expected one dtype, got {input.dtype} images and a {weight.dtype} weight")
    if input.ndim == 3 and weight.ndim == 4:
        return conv2d(input[None], weight, bias, stride, padding, dilation, groups)[0]
    channels, kernel = weight.shape[1] * groups, weight.shape[2:]
    if input.ndim != 4 or input.shape[1] != channels or weight.ndim != 4 or weight.shape[0] % groups:
        raise RuntimeError(f"conv2d: expected images of shape (N, {channels}, H, W) for the weight {weight.shape} in "
                           f"{groups} groups, got {input.shape}")
    input, padding = _padded(input, kernel, stride, padding, dilation)
    fits("conv2d", input, _reach(kernel, dilation), padding)

    if dilation == (1, 1) and groups == 1:
        return convolution.conv2d(input, weight, *(() if bias is None else (bias,)), stride=stride, padding=padding)

    def one_group(x, w):
        if dilation == (1, 1):
            return convolution.conv2d(x, w, stride=stride, padding=padding)
        (p, q), (sh, sw) = padding, stride
        out = _by_phases(pad(x, (q, q, p, p)), dilation, kernel, lambda image: convolution.conv2d(image, w))
        return out[:, :, ::sh, ::sw]

    outs = [one_group(x, w) for x, w in zip(_groups(input, 1, groups), _groups(weight, 0, groups))]
    out = outs[0] if groups == 1 else cat(outs, 1)
    return out if bias is None else out + bias.reshape(-1, 1, 1)


def _padded(input, kernel, stride, padding, dilation):
    """The padding as two numbers; "same" may need one row more below and at the right, which is added here."""
    if padding == "valid":
        return input, (0, 0)
    if padding != "same":
        return input, pair("conv2d", "padding", padding, 0)
    if stride != (1, 1):
        raise ValueError(f"conv2d: padding='same' needs a stride of 1, got {stride}")
    rows, columns = (n - 1 for n in _reach(kernel, dilation))
    return pad(input, (0, columns % 2, 0, rows % 2)), (rows // 2, columns // 2)


def _reach(kernel, dilation):
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))


def _groups(x, axis, groups):
    return [x] if groups == 1 else x.split(x.shape[axis] // groups, axis)


def _by_phases(x, dilation, window, compute):
    """Pixels that are d apart form an image of their own: compute on these d · e images, lay the results together."""
    (N, C, H, W), (d, e) = x.shape, dilation
    x = pad(x, (0, -W % e, 0, -H % d))                         # to multiples of e and d
    x = x.reshape(N, C, x.shape[2] // d, d, x.shape[3] // e, e).permute(3, 5, 0, 1, 2, 4)
    out = compute(x.reshape(d * e * N, C, *x.shape[4:]))
    O, h, w = out.shape[1:]
    out = out.reshape(d, e, N, O, h, w).permute(2, 3, 4, 0, 5, 1).reshape(N, O, h * d, w * e)
    rows, columns = _reach(window, dilation)
    return out[:, :, :H - rows + 1, :W - columns + 1]


def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size = 0,
                     output_padding: Size = 0, groups: int = 1, dilation: Size = 1) -> Tensor:
    """conv1d backwards: signals (N, C, L) and a weight (C, O / groups, k) -> (N, O, OL).

    >>> mg.nn.functional.conv_transpose1d(mg.tensor([[1., 2.]]), mg.tensor([[[1., 1., 1.]]]))
    tensor([[1., 3., 3., 2.]])
    """
    _signal("conv_transpose1d", input, weight)
    settings = dict(stride=(stride, 1), padding=(padding, 0), output_padding=(output_padding, 0),
                    dilation=(dilation, 1))
    settings = {name: several("conv_transpose1d", name, n, least, 1) for name, (n, least) in settings.items()}
    settings = {name: (1 if name in ("stride", "dilation") else 0, *n) for name, n in settings.items()}
    return conv_transpose2d(input.unsqueeze(-2), weight.unsqueeze(-2), bias, groups=groups, **settings).squeeze(-2)


def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int, int] = 1,
                     padding: int | tuple[int, int] = 0, output_padding: int | tuple[int, int] = 0, groups: int = 1,
                     dilation: int | tuple[int, int] = 1) -> Tensor:
    """conv2d backwards: images (N, C, H, W) and a weight (C, O / groups, kh, kw) -> (N, O, OH, OW).

    OH = (H − 1) · stride − 2 · padding + dilation · (kh − 1) + output_padding + 1. Every pixel paints the kernel, as
    strongly as it is bright: a convolution with the turned kernel, once the pixels stand `stride` apart.

    >>> mg.nn.functional.conv_transpose2d(mg.tensor([[[1., 2.]]]), mg.ones(1, 1, 2, 2), stride=2)
    tensor([[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]])
    """
    name = "conv_transpose2d"
    stride, dilation = pair(name, "stride", stride, 1), pair(name, "dilation", dilation, 1)
    padding, extra = pair(name, "padding", padding, 0), pair(name, "output_padding", output_padding, 0)
    if input.ndim == 3:
        return conv_transpose2d(input[None], weight, bias, stride, padding, extra, groups, dilation)[0]
    if input.ndim != 4 or weight.ndim != 4 or input.shape[1] != weight.shape[0] or weight.shape[0] % groups:
        raise RuntimeError(f"{name}: expected images of shape (N, {weight.shape[0]}, H, W) for the weight "
                           f"{weight.shape} in {groups} groups, got {input.shape}")
    if any(n >= max(s, d) for n, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(f"{name}: expected output_padding below stride or dilation, got {extra}")
    (N, C, H, W), (sh, sw), (O, *kernel) = input.shape, stride, weight.shape[1:]
    apart = ops.scatter(input, index=(..., slice(None, None, sh), slice(None, None, sw)),
                        shape=(N, C, (H - 1) * sh + 1, (W - 1) * sw + 1))
    top, left = (n - 1 - p for n, p in zip(_reach(kernel, dilation), padding))
    apart = pad(apart, (left, left + extra[1], top, top + extra[0]))
    turned = ops.getitem(weight, index=(..., slice(None, None, -1), slice(None, None, -1)))
    turned = turned.reshape(groups, C // groups, O, *kernel).transpose(1, 2).reshape(groups * O, C // groups, *kernel)
    return conv2d(apart, turned, bias, 1, 0, dilation, groups)


def _signal(name, input, weight=None):
    if input.ndim not in (2, 3) or (weight is not None and weight.ndim != 3):
        raise RuntimeError(f"{name}: expected signals of shape (N, C, L) or (C, L)"
                           + (f" and a weight of 3 axes, got {weight.shape} and" if weight is not None else ", got")
                           + f" {input.shape}")


# Pools: one number for each window

def max_pool1d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0, dilation: Size = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Tensor:
    """The largest number in each window of signals (N, C, L); stride: None is the window's size.

    >>> mg.nn.functional.max_pool1d(mg.tensor([[1., 3., 2., 0.]]), 2)
    tensor([[3., 2.]])
    """
    window, stride, padding = _window1d("max_pool1d", input, kernel_size, stride, padding)
    dilation = (1, *several("max_pool1d", "dilation", dilation, 1, 1))
    out = max_pool2d(input.unsqueeze(-2), window, stride, padding, dilation, ceil_mode, return_indices)
    return tuple(x.squeeze(-2) for x in out) if return_indices else out.squeeze(-2)


def max_pool2d(input: Tensor, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None,
               padding: int | tuple[int, int] = 0, dilation: int | tuple[int, int] = 1, ceil_mode: bool = False,
               return_indices: bool = False) -> Tensor:
    """The largest number in each window of images (N, C, H, W), or of one (C, H, W); stride: None is the window's size.

    Of equal numbers the first one in the window receives the gradient. Padding never wins. `ceil_mode` keeps a last
    window that hangs over the edge. `return_indices` also gives where each was, as row · W + column.

    >>> mg.nn.functional.max_pool2d(mg.arange(16).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5,  7],
              [13, 15]]]])
    """
    window, stride, padding = _window2d("max_pool2d", input, kernel_size, stride, padding)
    dilation = pair("max_pool2d", "dilation", dilation, 1)
    if input.ndim == 3:
        out = max_pool2d(input[None], window, stride, padding, dilation, ceil_mode, return_indices)
        return tuple(x[0] for x in out) if return_indices else out[0]
    reach, size = _reach(window, dilation), input.shape[2:]
    fits("max_pool2d", input, reach, padding)
    after = _after(input, reach, stride, padding, ceil_mode)
    if any(padding) or any(after):
        lowest = -np.inf if input.dtype.kind == "f" else int(np.iinfo(input.dtype).min)
        input = ops.pad(input, widths=((0, 0), (0, 0), *zip(padding, after)), value=lowest)
    if dilation == (1, 1):
        out = convolution.max_pool2d(input, window=window, stride=stride)
    else:
        out = _by_phases(input, dilation, window, lambda x: convolution.max_pool2d(x, window=window, stride=(1, 1)))
        out = out[:, :, ::stride[0], ::stride[1]]
    if not return_indices:
        return out
    return out, leaf(_places(raw(input), np.pad(np.ones(size, bool), [*zip(padding, after)]), size[1], padding, stride,
                             window, dilation))


def _places(x, inside, width, padding, stride, window, dilation):
    """Where the largest number of each window of the padded x was, before the padding."""
    def windows(x):
        views = sliding_window_view(x, _reach(window, dilation), axis=(-2, -1))
        views = views[..., ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]
        return views.reshape(*views.shape[:-2], -1)
    values, inner = windows(x), windows(inside)
    nan = np.isnan(values) if x.dtype.kind == "f" else np.zeros_like(values, bool)
    place = np.where(nan.any(-1), values.shape[-1] - 1 - nan[..., ::-1].argmax(-1), values.argmax(-1))
    inner = np.broadcast_to(inner, values.shape)
    real = np.take_along_axis(inner, place[..., None], -1)[..., 0]
    place = np.where(real, place, inner.argmax(-1))            # among −∞ padding might come first
    rows = np.arange(place.shape[-2])[:, None] * stride[0] - padding[0] + place // window[1] * dilation[0]
    columns = np.arange(place.shape[-1]) * stride[1] - padding[1] + place % window[1] * dilation[1]
    return rows * width + columns


def avg_pool1d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               ceil_mode: bool = False, count_include_pad: bool = True) -> Tensor:
    """The mean of each window of signals (N, C, L); stride: None is the window's size.

    >>> mg.nn.functional.avg_pool1d(mg.tensor([[1., 3., 2., 0.]]), 2)
    tensor([[2., 1.]])
    """
    window, stride, padding = _window1d("avg_pool1d", input, kernel_size, stride, padding)
    return avg_pool2d(input.unsqueeze(-2), window, stride, padding, ceil_mode, count_include_pad).squeeze(-2)


def avg_pool2d(input: Tensor, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None,
               padding: int | tuple[int, int] = 0, ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Tensor:
    """The mean of each window of images (N, C, H, W), or of one (C, H, W); stride: None is the window's size.

    Padding counts as zeros, or not at all if not `count_include_pad`; what hangs over in `ceil_mode` never counts.

    >>> mg.nn.functional.avg_pool2d(mg.arange(16.).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 2.5000,  4.5000],
              [10.5000, 12.5000]]]])
    """
    window, stride, padding = _window2d("avg_pool2d", input, kernel_size, stride, padding)
    if input.dtype.kind != "f":
        raise NotImplementedError(f"avg_pool2d: minigrad averages floating numbers only, got {input.dtype}; "
                                  "call .float()")
    if input.ndim == 3:
        return avg_pool2d(input[None], window, stride, padding, ceil_mode, count_include_pad, divisor_override)[0]
    if divisor_override == 0:
        raise RuntimeError("avg_pool2d: expected a divisor_override other than 0")
    fits("avg_pool2d", input, window, padding)
    after, inside = _after(input, window, stride, padding, ceil_mode), np.ones(input.shape[2:], input.dtype)
    counted = np.pad(inside, [(p, p) for p in padding], constant_values=count_include_pad)
    counted = np.pad(counted, [(0, max(a - p, 0)) for a, p in zip(after, padding)])
    counts = convolution.slide(counted, window=window, stride=stride).sum((-2, -1))
    padded = ops.pad(input, widths=((0, 0), (0, 0), *((p, max(a, p)) for p, a in zip(padding, after))))
    total = convolution.slide(padded, window=window, stride=stride).sum((-2, -1))
    return total / (counts if divisor_override is None else divisor_override)


def adaptive_avg_pool1d(input: Tensor, output_size: Size) -> Tensor:
    """The means of `output_size` windows that cover signals (N, C, L) evenly.

    >>> mg.nn.functional.adaptive_avg_pool1d(mg.tensor([[1., 3., 2., 0.]]), 2)
    tensor([[2., 1.]])
    """
    return _adaptive(input, several("adaptive_avg_pool1d", "output_size", output_size, 1, 1), lambda x: x.mean(-1))


def adaptive_avg_pool2d(input: Tensor, output_size: Size) -> Tensor:
    """The means of output_size windows that cover images (N, C, H, W) evenly; None keeps a size.

    >>> mg.nn.functional.adaptive_avg_pool2d(mg.ones(2, 3, 8, 7), (4, 1)).shape
    (2, 3, 4, 1)
    """
    return _adaptive(input, _or_kept(input, output_size), lambda x: x.mean(-1))


def adaptive_max_pool1d(input: Tensor, output_size: Size, return_indices: bool = False) -> Tensor:
    """The largest numbers of `output_size` windows that cover signals (N, C, L) evenly.

    >>> mg.nn.functional.adaptive_max_pool1d(mg.tensor([[1., 3., 2., 0.]]), 2)
    tensor([[3., 2.]])
    """
    refuse("adaptive_max_pool1d", return_indices=(return_indices, False))
    sizes = several("adaptive_max_pool1d", "output_size", output_size, 1, 1)
    return _adaptive(input, sizes, lambda x: x.max(-1)[0])


def adaptive_max_pool2d(input: Tensor, output_size: Size, return_indices: bool = False) -> Tensor:
    """The largest numbers of output_size windows that cover images (N, C, H, W) evenly; None keeps a size.

    >>> mg.nn.functional.adaptive_max_pool2d(mg.ones(2, 3, 8, 7), (4, 1)).shape
    (2, 3, 4, 1)
    """
    refuse("adaptive_max_pool2d", return_indices=(return_indices, False))
    return _adaptive(input, _or_kept(input, output_size), lambda x: x.max(-1)[0])


def _or_kept(input, output_size):
    sizes = output_size if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    return pair("adaptive pool", "output_size", tuple(o or n for o, n in zip(sizes, input.shape[-2:])), 1)


def _adaptive(input, sizes, reduce):
    """One axis after the other: n numbers in m windows, the i-th from ⌊i · n / m⌋ to ⌈(i + 1) · n / m⌉."""
    if input.ndim not in (len(sizes) + 1, len(sizes) + 2):
        raise RuntimeError(f"adaptive pool to {sizes}: expected {len(sizes) + 1} or {len(sizes) + 2} axes, "
                           f"got {input.shape}")
    for axis, m in zip((-1, -2), reversed(sizes)):
        x, n = input.transpose(axis, -1), input.shape[axis]
        if n % m:
            x = stack([reduce(x[..., i * n // m:-(-(i + 1) * n // m)]) for i in range(m)], -1)
        else:
            x = reduce(x.reshape(*x.shape[:-1], m, n // m))
        input = x.transpose(axis, -1)
    return input


def _window2d(name, input, kernel_size, stride, padding):
    window = pair(name, "kernel_size", kernel_size, 1)
    stride = window if stride is None or stride == () else pair(name, "stride", stride, 1)
    padding = pair(name, "padding", padding, 0)
    if input.ndim not in (3, 4):
        raise RuntimeError(f"{name}: expected images of shape (N, C, H, W), got {input.shape}")
    if any(2 * p > k for p, k in zip(padding, window)):
        raise RuntimeError(f"{name}: expected a padding of at most half the window {window}, got {padding}")
    return window, stride, padding


def _window1d(name, input, kernel_size, stride, padding):
    _signal(name, input)
    if input.ndim == 2 and 0 in input.shape:
        raise RuntimeError(f"{name}: expected a signal (C, L) that is not empty, got shape {input.shape}")
    window = several(name, "kernel_size", kernel_size, 1, 1)
    stride = window if stride is None or stride == () else several(name, "stride", stride, 1, 1)
    return (1, *window), (1, *stride), (0, *several(name, "padding", padding, 0, 1))


def _after(input, reach, stride, padding, ceil_mode):
    """The padding below and at the right; in ceil_mode as much as the last window, which must begin inside, needs."""
    if not ceil_mode:
        return padding
    found = []
    for n, k, s, p in zip(input.shape[2:], reach, stride, padding):
        last = -(-(n + 2 * p - k) // s)                        # of the windows 0, 1, …
        last -= last * s >= n + p
        found.append(max(last * s + k - n - p, 0))
    return tuple(found)
