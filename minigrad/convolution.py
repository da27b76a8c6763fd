"""Sliding windows and convolution over images, each with its adjoint.

`conv2d` is memory-efficient convolution (M. Cho and D. Brand, "MEC", ICML 2017, section 3): the
image is lowered along its width only; the rows of the big im2col matrix are then overlapping slices
of that copy, a strided view that the matrix product reads in place. One step beyond the paper: a
row of the product gives m neighbouring results, by a matrix with m copies of the kernel in a band.
It multiplies some zeros, but it is wide enough for BLAS, and the copy has each column v / m times,
not kw times. Channels come last inside, where BLAS wants them.

Convolution is linear in the image and in the kernel, so its two derivatives are again linear maps
of the same kind: three functions, each the derivative of the others.
"""
import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from .changes import Overwritten
from .graph import primitive, raw
from .memory import flat, in_pieces, in_rows, left_by_convolution
from .ops import getitem, keep, sum

WIDE = 64                                  # columns of a matrix that BLAS multiplies at full speed

# A frame of one number

pad = primitive(lambda x, *, widths, value=0: in_rows(np.pad(x, widths, constant_values=value)),
                lambda g, out, x, *, widths, value=0: getitem(g, index=_inner(widths, x.shape)),
                name="pad")

def _inner(widths, shape):
    return tuple(slice(before, before + n) for (before, _), n in zip(widths, shape))


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

slide = primitive(
    _slide, lambda g, out, x, *, window, **s: unslide(g, size=x.shape[-2:], **s),    # s: the stride
    expects="images at least as large as the window")
unslide = primitive(_unslide, lambda g, out, x, *, size, **s: slide(g, window=x.shape[-2:], **s))


# Convolution: image (N, C, H, W), kernel (O, C, kh, kw) -> (N, O, OH, OW)

def _neighbours(width, channels, kw, sw=1, x=None):
    """How many results side by side to compute in one row of the product.

    BLAS wants wide matrices, but not for more than 1.6 times the arithmetic. Where the zeros of a
    band meet an ∞ or NaN of x, the product is NaN: then it is one result, and no zeros.
    """
    def fits(m): return width % m == 0 and m * channels <= WIDE and (m - 1) * sw <= 0.6 * kw
    most = 4 if fits(4) else 2 if fits(2) else 1
    return most if most == 1 or x is None or np.isfinite(np.vdot(*flat(x, x))) else 1

def _lowered(x, kernel, stride, m, ones=0):
    """x (N, H, W, C) -> windows (OH, N·OW/m, kh·(v·C + ones)) of m neighbours, v columns wide.

    They are a view of a copy that has each column of x only about v / (m · sw) times. With `ones` =
    1, each row of a window ends in a 1: a bias is the weight of a constant.
    """
    (N, H, W, C), (kh, kw), (sh, sw) = x.shape, kernel, stride
    OH, OW, v = (H - kh) // sh + 1, (W - kw) // sw + 1, (m - 1) * sw + kw
    n, h, w, c = x.strides
    low = np.empty((N, OW // m, H, v * C + ones), x.dtype)
    wide = as_strided(x, (N, OW // m, H, v, C), (n, m * sw * w, h, w, c))
    low[..., :v * C].reshape(wide.shape)[...] = wide
    low[..., v * C:] = 1
    row = low.strides[2]
    return as_strided(low, (OH, N * OW // m, kh * low.shape[3]), (sh * row, H * row, low.itemsize))

def _banded(w, m, sw=1, b=None):
    """Kernels w (kh, kw, C, O) -> (kh·(v·C + ones), m·O): for each neighbour one, sw further right.

    With a bias b (O,), each row of a kernel ends in what its 1 is multiplied by.
    """
    (kh, kw, C, O), v = w.shape, (m - 1) * sw + w.shape[1]
    out = np.zeros((kh, v * C + (b is not None), m, O), w.dtype)
    band = out[:, :v * C].reshape(kh, v, C, m, O)
    for i in range(m):
        band[:, i * sw:i * sw + kw, :, i] = w
    if b is not None:
        out[0, -1] = b                     # of the ones, the first counts
    return out.reshape(-1, m * O)

def _channels_last(x, padding=(0, 0)):
    (p, q), x = padding, x.transpose(0, 2, 3, 1)
    return _framed(x, (p, p), (q, q)) if p or q else x

def _framed(x, rows, columns, apart=(1, 1)):
    """x (N, H, W, C), its pixels so far apart, in a frame of so many zeros before and after."""
    (N, H, W, C), (sh, sw) = x.shape, apart
    high, wide = (H - 1) * sh + 1, (W - 1) * sw + 1
    new = np.empty if apart == (1, 1) else np.zeros
    out = new((N, rows[0] + high + rows[1], columns[0] + wide + columns[1], C), x.dtype)
    if apart == (1, 1):                    # only the frame is to be cleared
        out[:, :rows[0]] = out[:, rows[0] + high:] = 0
        out[:, :, :columns[0]] = out[:, :, columns[0] + wide:] = 0
    out[:, rows[0]:rows[0] + high:sh, columns[0]:columns[0] + wide:sw] = x
    return out

def _conv2d(x, w, b=None, *, stride=(1, 1), padding=(0, 0)):
    """Laid out in memory as (OH, N, OW, O)."""
    (O, C, kh, kw), x = w.shape, _channels_last(x, padding)
    OW = (x.shape[2] - kw) // stride[1] + 1
    m = _neighbours(OW, O, kw, stride[1], x)
    windows = _lowered(x, (kh, kw), stride, m, ones=int(b is not None))
    bands = _banded(w.transpose(2, 3, 1, 0), m, stride[1], b)
    N, OH = len(x), len(windows)
    out, rows = _images((N, O, OH, OW), x.dtype, (OH, N * OW // m, m * O))
    np.matmul(windows, bands, out=rows)
    return out if min(out.shape) > 1 else np.ascontiguousarray(out)

_LAID = np.empty((2, 2, 2, 2)).transpose(1, 3, 0, 2)

def _images(shape, dtype, rows):
    """Memory for images (N, C, H, W), laid out as (H, N, W, C); and a view of it in that order."""
    out = np.empty_like(_LAID, dtype, shape=shape)             # it owns its memory, for `settle`
    return out, out.transpose(2, 0, 3, 1).reshape(rows)

def _conv2d_input(g, w, *, size, stride=(1, 1), padding=(0, 0)):
    """What the image receives: g, spread by the stride, correlated with the kernel turned round.

    Above and below, the turned kernel reaches over the edge of g: only its inner rows count there.
    """
    (N, O, OH, OW), (_, C, kh, kw), (H, W) = g.shape, w.shape, size
    (sh, sw), (p, q), border = stride, padding, kw - 1
    R, right = (OH - 1) * sh + 1, W + 2 * q - (OW - 1) * sw - 1
    spread = _framed(g.transpose(0, 2, 3, 1), (0, 0), (border, right), (sh, sw))
    m = _neighbours(W, C, kw, 1, spread)
    spread = spread[:, :, q:q + W + border]                           # the padding receives nothing
    turned = _banded(w[:, :, ::-1, ::-1].transpose(2, 3, 0, 1), m)    # (kh·v·O, m·C)
    row, (out, rows) = len(turned) // kh, _images((N, C, H, W), g.dtype, (H, N * W // m, m * C))
    low = _lowered(spread, (1, kw), (1, 1), m).transpose(1, 0, 2)
    low = np.ascontiguousarray(low).reshape(N * W // m, R * row)      # (N·W/m, R·v·O)
    for y in range(H):
        top = y + p - kh + 1                                          # the row of g it begins at
        first, last = max(top, 0), max(min(top + kh, R), 0)
        inner = turned[(first - top) * row:max(last - top, first - top) * row]
        np.matmul(low[:, first * row:last * row], inner, out=rows[y])
    return out if min(out.shape) > 1 else np.ascontiguousarray(out)

def _conv2d_weight(g, x, *, kernel, stride=(1, 1), padding=(0, 0)):
    """What the kernel receives: the windows of the image, weighted by g."""
    (N, O, OH, OW), C, (kh, kw), sw = g.shape, x.shape[1], kernel, stride[1]
    m = _neighbours(OW, O, kw, sw)
    windows = _lowered(_channels_last(x, padding), kernel, stride, m)
    rows = np.ascontiguousarray(g.transpose(2, 0, 3, 1)).reshape(OH, N * OW // m, m * O)
    bands = np.add.reduce(np.matmul(windows.transpose(0, 2, 1), rows), axis=0)
    bands = bands.reshape(kh, -1, C, m, O)
    out = bands[:, :kw, :, 0]
    for i in range(1, m):
        out = out + bands[:, i * sw:i * sw + kw, :, i]
    return out.transpose(3, 2, 0, 1)

# s: stride and padding, the same for all three
conv2d = primitive(
    _conv2d,
    lambda g, out, x, w, b=None, **s: conv2d_input(g, w, size=x.shape[-2:], **s),
    lambda g, out, x, w, b=None, **s: conv2d_weight(g, x, kernel=w.shape[-2:], **s),
    lambda g, out, x, w, b, **s: sum(g, axis=(0, 2, 3)),
    expects="an image (N, C, H, W) and a kernel (O, C, kh, kw) that is no larger than the padded "
            "image", quiet=True)
conv2d_input = primitive(
    _conv2d_input,
    lambda g, out, y, w, *, size, **s: conv2d(g, w, **s),
    lambda g, out, y, w, *, size, **s: conv2d_weight(y, g, kernel=w.shape[-2:], **s), quiet=True)
conv2d_weight = primitive(
    _conv2d_weight,
    lambda g, out, y, x, *, kernel, **s: conv2d(x, g, **s),
    lambda g, out, y, x, *, kernel, **s: conv2d_input(y, g, size=x.shape[-2:], **s), quiet=True)


# Pooling: the largest number of each window, (N, C, H, W) -> (N, C, OH, OW)

def _max_pool2d(x, *, window, stride):
    for axis, size, step in zip((2, 3), window, stride):                # rows, then columns
        last = (x.shape[axis] - size) // step * step
        before = (slice(None),) * axis
        views = [x[(*before, slice(i, i + last + 1, step))] for i in range(size)]
        x = np.maximum(views[0], views[min(1, size - 1)])
        for view in views[2:]:             # a long pass for each place, not a short one a window
            np.maximum(x, view, out=x)
    return x if left_by_convolution(x) else in_rows(x)

def _winners(x, best, window, stride):
    """For each place in the window a mask: does the largest number stand there? The first wins."""
    order = _in_memory(best)
    views = [view.transpose(order) for view in _views(x, best.shape, window, stride)]
    best = best.transpose(order)
    masks = [np.empty(best.shape, bool) for _ in views]
    nan = np.isnan(np.add.reduce(best, axis=None))

    def piece(best, *both):
        free = np.ones(best.shape, bool)
        for view, won in zip(both[:len(masks)], both[len(masks):]):
            np.equal(view, best, out=won)
            if nan:                        # NaN is not equal to itself
                won |= np.isnan(view)
            won &= free
            free ^= won
    in_pieces(piece, best, *views, *masks)
    return tuple(won.transpose(np.argsort(order)) for won in masks)

def _to_winners(g, *won, size, window, stride):
    """g at the place of each window's largest number; where windows overlap, it adds up."""
    order = _in_memory(won[0])             # g will lie as the image does
    tiles = stride == window and size == tuple(n * k for n, k in zip(g.shape[2:], window))
    new, shape = np.empty if tiles else np.zeros, (*g.shape[:2], *size)
    out = new([shape[a] for a in order], g.dtype).transpose(np.argsort(order))
    places = [place.transpose(order) for place in _views(out, g.shape, window, stride)]
    apart = stride[0] >= window[0] and stride[1] >= window[1]

    def piece(g, *both):
        for mask, place in zip(both[:len(won)], both[len(won):]):
            if apart:
                place[...] = keep.forward(g, mask)
            else:
                place += keep.forward(g, mask)
    masks = [mask.transpose(order) for mask in won]
    arrays = np.ascontiguousarray(g.transpose(order)), *masks, *places
    in_pieces(piece, *arrays) if apart else piece(*arrays)
    return out

def _in_memory(x):
    """The axes in the order in which they lie in memory, the slowest first."""
    return sorted(range(x.ndim), key=lambda a: -x.strides[a])

def _views(x, shape, window, stride):
    """For each place in the window a view of x (N, C, H, W): what stands there in each window."""
    (sh, sw), last = stride, [(n - 1) * step for n, step in zip(shape[2:], stride)]
    return [x[:, :, i:i + last[0] + 1:sh, j:j + last[1] + 1:sw]
            for i in range(window[0]) for j in range(window[1])]

def _from_winners(x, *won, window, stride):
    """The numbers at those places."""
    views = _views(x, won[0].shape, window, stride)
    return np.add.reduce([keep.forward(view, mask) for view, mask in zip(views, won)])

def _pool_rule(g, out, x, **s):
    best = raw(out)
    if isinstance(best, Overwritten):          # as by a ReLU in place: computed once more
        best = _max_pool2d(raw(x), **s)
    return to_winners(g, *_winners(raw(x), best, **s), size=x.shape[2:], **s)

max_pool2d = primitive(_max_pool2d, _pool_rule)
to_winners = primitive(
    _to_winners, lambda g, out, y, *won, size, **s: from_winners(g, *won, **s))
from_winners = primitive(
    _from_winners, lambda g, out, x, *won, **s: to_winners(g, *won, size=x.shape[2:], **s))
