"""Sliding windows and convolution over images, each with its adjoint.

`conv2d` is memory-efficient convolution (M. Cho and D. Brand, "MEC", ICML 2017, section 3): the image is lowered along
its width only (kw copies instead of kh · kw); the rows of the big im2col matrix are then overlapping slices of that
copy, a strided view that the matrix product reads in place. Channels come last inside, where BLAS wants them.

Convolution is linear in the image and in the kernel, so its two derivatives are again linear maps of the same kind:
three functions, each the derivative of the others.
"""
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from .graph import primitive, raw
from .ops import keep, sum

# Sliding windows: (N, C, H, W) -> (N, C, OH, OW, kh, kw)

def _slide(x, *, window, stride=(1, 1)):
    return sliding_window_view(x, window, axis=(-2, -1))[..., ::stride[0], ::stride[1], :, :]

def _unslide(g, *, size, stride=(1, 1)):
    """Every window put back in its place; where windows overlap, they add up."""
    *lead, oh, ow, kh, kw = g.shape
    out = np.zeros((*lead, *size), g.dtype)
    for i in range(kh):                    # one strided addition for each place in the window
        for j in range(kw):
            out[..., i:i + oh * stride[0]:stride[0], j:j + ow * stride[1]:stride[1]] += g[..., i, j]
    return out

slide = primitive(_slide, lambda g, out, x, *, window, stride=(1, 1): unslide(g, size=x.shape[-2:], stride=stride),
                  expects="images at least as large as the window")
unslide = primitive(_unslide, lambda g, out, x, *, size, stride=(1, 1): slide(g, window=x.shape[-2:], stride=stride))


# Convolution: image (N, C, H, W), kernel (O, C, kh, kw) -> (N, O, OH, OW)

def _lowered(x, kernel, stride):
    """x (N, H, W, C) -> windows (OH, N·OW, kh·kw·C), a view of a copy that is only kw times as large as x."""
    (N, H, W, C), (kh, kw), (sh, sw) = x.shape, kernel, stride
    OH, OW = (H - kh) // sh + 1, (W - kw) // sw + 1
    n, h, w, c = x.strides
    low = np.ascontiguousarray(as_strided(x, (N, OW, H, kw, C), (n, sw * w, h, w, c)))   # (N, OW, H, kw, C)
    row = kw * C * low.itemsize
    return as_strided(low, (OH, N * OW, kh * kw * C), (sh * row, H * row, low.itemsize)), OW

def _correlate(x, matrix, kernel, stride=(1, 1), bias=None):
    """x (N, H, W, C), matrix (kh·kw·C, O) -> (N, O, OH, OW), laid out in memory as (OH, N, OW, O)."""
    windows, OW = _lowered(x, kernel, stride)
    out = np.matmul(windows, matrix)                                                     # (OH, N·OW, O)
    if bias is not None:
        rows = out.reshape(len(windows), len(x), -1)
        rows += np.tile(bias, OW)          # a long row at a time, not O numbers
    return out.reshape(len(windows), len(x), OW, -1).transpose(1, 3, 0, 2)

def _channels_last(x, padding=(0, 0)):
    x = x.transpose(0, 2, 3, 1)
    if not any(padding):
        return x
    (N, H, W, C), (p, q) = x.shape, padding
    out = np.zeros((N, H + 2 * p, W + 2 * q, C), x.dtype)
    out[:, p:p + H, q:q + W] = x
    return out

def _conv2d(x, w, b=None, *, stride=(1, 1), padding=(0, 0)):
    O, C, kh, kw = w.shape
    return _correlate(_channels_last(x, padding), w.transpose(2, 3, 1, 0).reshape(-1, O), (kh, kw), stride, b)

def _conv2d_input(g, w, *, size, stride=(1, 1), padding=(0, 0)):
    """What the image receives: g, spread out by the stride, correlated with the kernel turned by 180 degrees.

    Above and below, the turned kernel reaches over the edge of g: there only its inner rows are multiplied.
    """
    (N, O, OH, OW), (_, C, kh, kw), (H, W), (sh, sw), (p, q) = g.shape, w.shape, size, stride, padding
    R, border = (OH - 1) * sh + 1, kw - 1
    spread = np.zeros((N, R, W + 2 * q + border, O), g.dtype)
    spread[:, ::sh, border:border + OW * sw:sw] = g.transpose(0, 2, 3, 1)
    spread = spread[:, :, q:q + W + border]                                              # the padding receives nothing
    n, h, v, o = spread.strides
    low = np.ascontiguousarray(as_strided(spread, (N, W, R, kw, O), (n, v, h, v, o))).reshape(N * W, R * kw * O)
    turned = np.ascontiguousarray(w[:, :, ::-1, ::-1].transpose(2, 3, 0, 1)).reshape(kh * kw * O, C)
    out = np.empty((H, N * W, C), g.dtype)
    for y in range(H):
        top = y + p - kh + 1                                                             # the row of g that it begins at
        first, last = max(top, 0) * kw * O, max(min(top + kh, R), 0) * kw * O
        at = top * kw * O
        np.matmul(low[:, first:last], turned[first - at:max(last - at, first - at)], out=out[y])
    return out.reshape(H, N, W, C).transpose(1, 3, 0, 2)

def _conv2d_weight(g, x, *, kernel, stride=(1, 1), padding=(0, 0)):
    """What the kernel receives: the windows of the image, weighted by g."""
    (N, O, OH, OW), C = g.shape, x.shape[1]
    windows, _ = _lowered(_channels_last(x, padding), kernel, stride)
    rows = np.ascontiguousarray(g.transpose(2, 0, 3, 1)).reshape(OH, N * OW, O)
    matrix = np.add.reduce(np.matmul(windows.transpose(0, 2, 1), rows), axis=0)          # (kh·kw·C, O)
    return matrix.reshape(*kernel, C, O).transpose(3, 2, 0, 1)

conv2d = primitive(_conv2d,                                # s: stride and padding, the same for all three
                   lambda g, out, x, w, b=None, **s: conv2d_input(g, w, size=x.shape[-2:], **s),
                   lambda g, out, x, w, b=None, **s: conv2d_weight(g, x, kernel=w.shape[-2:], **s),
                   lambda g, out, x, w, b, **s: sum(g, axis=(0, 2, 3)),
                   expects="an image (N, C, H, W) and a kernel (O, C, kh, kw) that is no larger than the padded image")
conv2d_input = primitive(_conv2d_input,
                         lambda g, out, y, w, *, size, **s: conv2d(g, w, **s),
                         lambda g, out, y, w, *, size, **s: conv2d_weight(y, g, kernel=w.shape[-2:], **s))
conv2d_weight = primitive(_conv2d_weight,
                          lambda g, out, y, x, *, kernel, **s: conv2d(x, g, **s),
                          lambda g, out, y, x, *, kernel, **s: conv2d_input(y, g, size=x.shape[-2:], **s))


# Pooling: the largest number of each window, (N, C, H, W) -> (N, C, OH, OW)

def _max_pool2d(x, *, window, stride):
    for axis, size, step in ((2, window[0], stride[0]), (3, window[1], stride[1])):      # rows, then columns
        count = (x.shape[axis] - size) // step + 1
        views = [x[(slice(None),) * axis + (slice(i, i + (count - 1) * step + 1, step),)] for i in range(size)]
        x = np.maximum(views[0], views[min(1, size - 1)])
        for view in views[2:]:             # one long pass for each place, not a short one for each window
            np.maximum(x, view, out=x)
    return x

def _places(window):
    return [(i, j) for i in range(window[0]) for j in range(window[1])]

def _winners(x, best, window, stride):
    """For each place in the window a mask: where the largest number stands there. Of equal ones the first wins."""
    views, free, masks = _slide(x, window=window, stride=stride), np.ones_like(best, bool), []
    nan = np.isnan(best).any()
    for i, j in _places(window):
        won = views[..., i, j] == best
        if nan:                            # NaN is not equal to itself
            won |= np.isnan(views[..., i, j])
        won &= free
        free ^= won
        masks.append(won)
    return tuple(masks)

def _to_winners(g, *, won, size, window, stride):
    """g at the place of each window's largest number; where windows overlap, it adds up."""
    order, whole = sorted(range(4), key=lambda i: -won[0].strides[i]), np.dtype(f"i{g.itemsize}")
    laid = [np.zeros([shape[i] for i in order], whole).transpose(np.argsort(order))      # in memory as the image lies there
            for shape in (g.shape, (*g.shape[:2], *size))]
    laid[0].view(g.dtype)[...] = g
    (g, out), dtype = laid, g.dtype
    apart = stride[0] >= window[0] and stride[1] >= window[1]
    for (i, j), mask in zip(_places(window), won):
        place = out[:, :, i:i + (g.shape[2] - 1) * stride[0] + 1:stride[0], j:j + (g.shape[3] - 1) * stride[1] + 1:stride[1]]
        bits = mask.astype(whole)
        np.negative(bits, out=bits)                                        # −1 has all its bits set, 0 none
        if apart:
            np.bitwise_and(bits, g, out=place)
        else:
            bits &= g
            place.view(dtype)[...] += bits.view(dtype)
    return out.view(dtype)

def _from_winners(x, *, won, window, stride):
    """The numbers at those places."""
    views = _slide(x, window=window, stride=stride)
    return np.add.reduce([keep.forward(views[..., i, j], mask=mask) for (i, j), mask in zip(_places(window), won)])

max_pool2d = primitive(_max_pool2d, lambda g, out, x, **s: to_winners(g, won=_winners(raw(x), raw(out), **s), size=x.shape[2:], **s))
to_winners = primitive(_to_winners, lambda g, out, y, *, size, **s: from_winners(g, **s))
from_winners = primitive(_from_winners, lambda g, out, x, **s: to_winners(g, size=x.shape[2:], **s))
