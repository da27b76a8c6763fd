"""The arithmetic of the layers and losses, without parameters: what `nn.Linear` does with its weight is `linear`."""
import numpy as np

from .. import convolution, ops
from ..create import as_tensor
from ..functions import log, log1p, log_softmax, maximum, relu, sigmoid, softmax, tanh, where  # noqa: F401
from ..graph import leaf, primitive, raw
from ..shape import flatten, take_along_dim  # noqa: F401
from ..tensor import Tensor


# Layers

def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input · weightᵀ + bias: input (..., in), weight (out, in), bias (out,) -> (..., out).

    >>> mg.nn.functional.linear(mg.tensor([1., 2.]), mg.tensor([[3., 4.]]), mg.tensor([0.5]))
    tensor([11.5000])
    """
    if input.ndim == 0 or input.shape[-1] != weight.shape[-1]:
        raise RuntimeError(f"linear: expected an input of shape (..., {weight.shape[-1]}) for the weight "
                           f"{weight.shape}, got {input.shape}; its last axis holds the features")
    out = input @ weight.mT
    return out if bias is None else out + bias


def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: int | tuple[int, int] = 1,
           padding: int | tuple[int, int] = 0, dilation=1, groups: int = 1) -> Tensor:
    """A weight (O, C, kh, kw) slid over images (N, C, H, W), or one image (C, H, W) -> (N, O, OH, OW).

    OH = (H + 2 · padding − kh) // stride + 1. Only dilation=1 and groups=1.

    >>> image = mg.arange(9, dtype=mg.float32).reshape(1, 1, 3, 3)
    >>> mg.nn.functional.conv2d(image, mg.ones(1, 1, 2, 2))
    tensor([[[[ 8., 12.],
              [20., 24.]]]])
    """
    refuse("conv2d", dilation=(dilation, 1, (1, 1)), groups=(groups, 1))
    stride, padding = pair("conv2d", "stride", stride, 1), pair("conv2d", "padding", padding, 0)
    channels, kernel = weight.shape[1], weight.shape[2:]
    if input.ndim == 3:
        return conv2d(input[None], weight, bias, stride, padding)[0]
    if input.ndim != 4 or input.shape[1] != channels:
        raise RuntimeError(f"conv2d: expected images of shape (N, {channels}, H, W) for the weight {weight.shape}, "
                           f"got {input.shape}")
    _fits("conv2d", input, kernel, padding)
    out = convolution.conv2d(input, weight, stride=stride, padding=padding)
    return out if bias is None else out + bias.reshape(-1, 1, 1)


def max_pool2d(input: Tensor, kernel_size: int | tuple[int, int], stride: int | tuple[int, int] | None = None,
               padding: int | tuple[int, int] = 0, dilation=1, ceil_mode=False, return_indices=False) -> Tensor:
    """The largest number in each window of images (N, C, H, W), or of one (C, H, W); stride: None is the window's size.

    Of equal numbers the first one in the window receives the gradient. Padding never wins.
    Only dilation=1, ceil_mode=False and return_indices=False.

    >>> mg.nn.functional.max_pool2d(mg.arange(16).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5,  7],
              [13, 15]]]])
    """
    refuse("max_pool2d", dilation=(dilation, 1, (1, 1)), ceil_mode=(ceil_mode, False),
           return_indices=(return_indices, False))
    window = pair("max_pool2d", "kernel_size", kernel_size, 1)
    stride = window if stride is None else pair("max_pool2d", "stride", stride, 1)
    padding = pair("max_pool2d", "padding", padding, 0)
    if input.ndim == 3:
        return max_pool2d(input[None], window, stride, padding)[0]
    if input.ndim != 4:
        raise RuntimeError(f"max_pool2d: expected images of shape (N, C, H, W), got {input.shape}")
    if any(2 * p > k for p, k in zip(padding, window)):
        raise RuntimeError(f"max_pool2d: expected a padding of at most half the window {window}, got {padding}")
    _fits("max_pool2d", input, window, padding)
    if any(padding):
        lowest = -np.inf if input.dtype.kind == "f" else int(np.iinfo(input.dtype).min)
        input = ops.pad(input, widths=((0, 0), (0, 0), *((p, p) for p in padding)), value=lowest)
    return convolution.max_pool2d(input, window=window, stride=stride)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A row for each class index: 1 at the index, 0 elsewhere; int64. By default there are as many classes as occur.

    >>> mg.nn.functional.one_hot(mg.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    index = raw(tensor)
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"one_hot: expected class indices of dtype int64, got {index.dtype}")
    if num_classes == -1:
        if not index.size:
            raise RuntimeError("one_hot: cannot count the classes of an empty tensor; pass num_classes")
        num_classes = int(index.max()) + 1
    if index.size and not 0 <= index.min() <= index.max() < num_classes:
        raise RuntimeError(f"one_hot: expected class indices from 0 to {num_classes - 1}, "
                           f"got {index.min()} to {index.max()}")
    return leaf((index[..., None] == np.arange(num_classes)).astype(np.int64))


# Losses

def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100,
                  reduction: str = "mean", label_smoothing: float = 0.0) -> Tensor:
    """−log of the probability that softmax(input) gives to the right class.

    input: logits (C,), (N, C) or (N, C, d1, …), not probabilities. target: class indices, the same shape without C; or
    probabilities, the same shape. `weight` (C,) makes classes count more or less; for indices "mean" is then a weighted
    mean. Samples with `ignore_index` count nothing. `label_smoothing` mixes the target with the uniform distribution.

    >>> mg.nn.functional.cross_entropy(mg.tensor([[0., 0.], [0., 100.]]), mg.tensor([0, 1]))
    tensor(0.3466)
    """
    target, dim = as_tensor(target), min(1, input.ndim - 1)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"cross_entropy: expected a label_smoothing from 0 to 1, got {label_smoothing}")
    weight, log_p = _class_weight("cross_entropy", weight, input.shape[dim]), log_softmax(input, dim)
    weighted = log_p if weight is None else log_p * weight.reshape(-1, *[1] * (input.ndim - dim - 1))
    if target.dtype.kind == "f":
        if target.shape != input.shape:
            raise RuntimeError(f"cross_entropy: expected probabilities of shape {input.shape}, got {target.shape}; "
                               "class indices must be whole numbers, target.long()")
        smooth = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
        return reduced(-(smooth * weighted).sum(dim), reduction)
    loss, counts = _class_loss("cross_entropy", log_p, target, weight, ignore_index)
    if label_smoothing:
        uniform = where(target != ignore_index, -weighted.mean(dim), 0)
        loss = loss * (1 - label_smoothing) + uniform * label_smoothing
    return loss.sum() / counts.sum() if reduction == "mean" else reduced(loss, reduction)


def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100,
             reduction: str = "mean") -> Tensor:
    """−input at the right class, the second half of cross_entropy; input: log-probabilities, (N, C) or as there.

    >>> mg.nn.functional.nll_loss(mg.tensor([[-0.5, -1.], [-2., -0.25]]), mg.tensor([0, 1]))
    tensor(0.3750)
    """
    weight = _class_weight("nll_loss", weight, input.shape[min(1, input.ndim - 1)])
    loss, counts = _class_loss("nll_loss", input, as_tensor(target), weight, ignore_index)
    return loss.sum() / counts.sum() if reduction == "mean" else reduced(loss, reduction)


def _class_loss(name, log_p, target, weight, ignore_index):
    """The loss of each sample, and how much each sample counts: its class's weight, 0 if it is ignored."""
    dim, index = min(1, log_p.ndim - 1), target.value
    expected = log_p.shape[:dim] + log_p.shape[dim + 1:]
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: expected class indices of dtype int64, got {index.dtype}; use target.long()")
    if index.shape != expected:
        raise RuntimeError(f"{name}: expected class indices of shape {expected} for an input of shape {log_p.shape}, "
                           f"got {index.shape}")
    kept, classes = index != ignore_index, log_p.shape[dim]
    wrong = kept & ((index < 0) | (index >= classes))
    if wrong.any():
        raise IndexError(f"{name}: expected classes from 0 to {classes - 1}, got {index[wrong].flat[0]}")
    index = np.where(kept, index, 0)
    loss, counts = -take_along_dim(log_p, np.expand_dims(index, dim), dim).squeeze(dim), kept.astype(log_p.dtype)
    if weight is not None:
        each = weight[index]
        loss, counts = loss * each, counts * each
    return where(kept, loss, 0), counts


def _class_weight(name, weight, classes):
    if weight is None or raw(weight).shape == (classes,):
        return raw(weight)
    raise RuntimeError(f"{name}: expected a weight for each of {classes} classes, got shape {raw(weight).shape}")


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """(input − target)². Raises ValueError for different shapes, where broadcasting would compare all with all.

    >>> mg.nn.functional.mse_loss(mg.tensor([1., 2.]), mg.tensor([1., 4.]))
    tensor(2.)
    """
    target = _same_shape("mse_loss", input, target)
    return reduced((input - target) ** 2, reduction)


def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, *,
                         reduction: str = "mean") -> Tensor:
    """−(target · log p + (1 − target) · log(1 − p)) for probabilities p; each log is cut off at −100, as in PyTorch.

    >>> mg.nn.functional.binary_cross_entropy(mg.tensor([0.5, 1.]), mg.tensor([1., 0.]), reduction="none")
    tensor([  0.6931, 100.0000])
    """
    target = _same_shape("binary_cross_entropy", input, target)
    if not ((input.value >= 0) & (input.value <= 1)).all():
        raise RuntimeError("binary_cross_entropy: expected probabilities from 0 to 1, got numbers outside; apply "
                           "sigmoid, or use binary_cross_entropy_with_logits, which does it itself")
    loss = bce(input, target)
    return reduced(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = None, *,
                                     reduction: str = "mean", pos_weight: Tensor | None = None) -> Tensor:
    """binary_cross_entropy of sigmoid(input), computed so that no logit is too large.

    −(target · log σ(x) + (1 − target) · log σ(−x)); `pos_weight` multiplies the first term.

    >>> mg.nn.functional.binary_cross_entropy_with_logits(mg.tensor([0., 1000.]), mg.tensor([1., 0.]), reduction="none")
    tensor([6.9315e-01, 1.0000e+03])
    """
    target = _same_shape("binary_cross_entropy_with_logits", input, target)
    positive = target if pos_weight is None else target * pos_weight
    loss = -(positive * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    return reduced(loss if weight is None else loss * weight, reduction)


logsigmoid = primitive(lambda x: -np.logaddexp(0, -x),
                       lambda g, out, x: g * sigmoid(-x), floating=True, name="logsigmoid")

# A row of its own in the table, for what happens at p = 0 and 1: there PyTorch divides by 1e-12 instead of p (1 − p).
bce = primitive(lambda p, y: -y * _log(p) - (1 - y) * np.maximum(np.log1p(-p), -100),
                lambda g, out, p, y: g * (p - y) / maximum(p * (1 - p), 1e-12),
                lambda g, out, p, y: g * (log1p(-p) - log(p)), name="bce")

def _log(x):
    return np.maximum(np.log(x), -100)


# What they share

def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of the losses, or all of them ("none").

    >>> mg.nn.functional.reduced(mg.tensor([1., 2.]), "sum")
    tensor(3.)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction: expected 'mean', 'sum' or 'none', got {reduction!r}")
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def pair(layer: str, setting: str, value: int | tuple[int, int], least: int) -> tuple[int, int]:
    """A setting for height and width from one whole number or two.

    >>> mg.nn.functional.pair("Conv2d", "stride", 2, least=1)
    (2, 2)
    """
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2 or not all(isinstance(n, (int, np.integer)) and n >= least for n in both):
        raise ValueError(f"{layer}: expected {setting} to be one or two whole numbers from {least} up, got {value!r}")
    return both


def refuse(layer: str, **settings) -> None:
    """Raise for a setting that PyTorch has and minigrad has not: `name=(what came, what works, ...)`.

    >>> mg.nn.functional.refuse("Conv2d", groups=(1, 1))      # 1 came, 1 works: no error
    """
    for name, (value, *allowed) in settings.items():
        if value not in allowed:
            raise NotImplementedError(f"{layer}: minigrad computes {name}={allowed[0]!r} only, got {value!r}")


def _fits(layer, input, window, padding):
    height, width = (n + 2 * p for n, p in zip(input.shape[2:], padding))
    if window[0] > height or window[1] > width:
        raise RuntimeError(f"{layer}: expected images of at least {window[0]} x {window[1]}, the window, "
                           f"got {height} x {width} (padding included) from shape {input.shape}")


def _same_shape(layer, input, target):
    target = as_tensor(target)
    if target.shape != input.shape:
        raise ValueError(f"{layer}: expected a target of shape {input.shape}, the input's, got {target.shape}; "
                           "reshape one of them")
    return target
