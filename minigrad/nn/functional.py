"""The arithmetic of the layers and losses, without parameters: what `nn.Linear` does with its weight is `linear`.

The larger families are in `arithmetic`, a file each, and are public here.
"""
import math

import numpy as np

from .. import ops
from ..create import as_tensor
from ..functions import log, log1p, log_softmax, sigmoid, softmax, tanh, where
from ..graph import TensorBase, leaf, primitive, raw
from ..shape import take_along_dim
from ..tensor import Tensor
# ruff: noqa: F401
from .arithmetic.activation import (celu, elu, gelu, glu, gumbel_softmax, hardshrink, hardsigmoid, hardswish, hardtanh,
                                    leaky_relu, logsigmoid, mish, prelu, relu, relu6, selu, silu, softmin, softplus,
                                    softshrink, softsign, tanhshrink, threshold)
from .arithmetic.attention import scaled_dot_product_attention
from .arithmetic.image import (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_max_pool1d, adaptive_max_pool2d,
                               avg_pool1d, avg_pool2d, conv1d, conv2d, conv_transpose1d, conv_transpose2d, max_pool1d,
                               max_pool2d)
from .arithmetic.loss import (cosine_embedding_loss, cosine_similarity, gaussian_nll_loss, hinge_embedding_loss,
                              huber_loss, kl_div, l1_loss, margin_ranking_loss, pairwise_distance, poisson_nll_loss,
                              smooth_l1_loss, soft_margin_loss, triplet_margin_loss)
from .arithmetic.noise import dropout, dropout1d, dropout2d
from .arithmetic.norm import batch_norm, group_norm, instance_norm, layer_norm, normalize, rms_norm
from .arithmetic.resize import interpolate, pad, pixel_shuffle, pixel_unshuffle
from .checks import pair, reduced, refuse, same_shape, several


# Layers

def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input · weightᵀ + bias: input (..., in), weight (out, in), bias (out,) -> (..., out).

    >>> mg.nn.functional.linear(mg.tensor([1., 2.]), mg.tensor([[3., 4.]]), mg.tensor([0.5]))
    tensor([11.5000])
    """
    if input.ndim == 0 or input.shape[-1] != weight.shape[-1]:
        raise RuntimeError(f"linear: expected an input of shape (..., {weight.shape[-1]}) for the weight "
                           f"{weight.shape}, got {input.shape}; its last axis holds the features")
    if weight.ndim == 1:                   # one output, without an axis of its own
        out = input @ weight
        return out if bias is None else out + bias
    return ops.linear(input, weight) if bias is None else ops.linear(input, weight, bias)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input1 · W · input2 for each output: (…, in1), (…, in2), weight (out, in1, in2) -> (…, out).

    >>> mg.nn.functional.bilinear(mg.tensor([1., 2.]), mg.tensor([3.]), mg.ones(1, 2, 1))
    tensor([9.])
    """
    out = ((input1[..., None, None, :] @ weight).squeeze(-2) * input2.unsqueeze(-2)).sum(-1)
    return out if bias is None else out + bias


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
              norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:
    """The rows of weight (V, E) that the whole numbers in `input` name: (…) -> (…, E).

    The row `padding_idx` receives no gradient. Raises IndexError for numbers outside 0 to V − 1.

    >>> mg.nn.functional.embedding(mg.tensor([1, 0]), mg.tensor([[1., 2.], [3., 4.]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    refuse("embedding", max_norm=(max_norm, None), scale_grad_by_freq=(scale_grad_by_freq, False),
           sparse=(sparse, False))
    index, rows = raw(input), weight.shape[0]
    if weight.ndim != 2:
        raise RuntimeError(f"embedding: expected a weight of shape (V, E), got {weight.shape}")
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"embedding: expected whole numbers, got dtype {index.dtype}; use input.long()")
    if index.size and not 0 <= index.min() <= index.max() < rows:
        raise IndexError(f"embedding: expected numbers from 0 to {rows - 1}, got {index.min()} to {index.max()}")
    out = ops.getitem(weight, index=(index,))
    if padding_idx is None:
        return out
    if not -rows <= padding_idx < rows:
        raise AssertionError(f"embedding: expected a padding_idx within {rows} rows, got {padding_idx}")
    return ops.where((index == padding_idx % rows)[..., None], out.detach(), out)


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
    weight = _class_weight("cross_entropy", weight, input.shape[dim])
    if target.dtype.kind != "f" and not label_smoothing:
        return _class_entropy(input, target, weight, ignore_index, reduction)
    log_p = log_softmax(input, dim)
    weighted = log_p if weight is None else log_p * weight.reshape(-1, *[1] * (input.ndim - dim - 1))
    if target.dtype.kind == "f":
        if target.shape != input.shape:
            raise RuntimeError(f"cross_entropy: expected probabilities of shape {input.shape}, got {target.shape}; "
                               "class indices must be whole numbers, target.long()")
        smooth = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
        return reduced(-(smooth * weighted).sum(dim), reduction)
    loss, counts = _class_loss("cross_entropy", log_p, target, weight, ignore_index)
    uniform = where(target != ignore_index, -weighted.mean(dim), 0)
    loss = loss * (1 - label_smoothing) + uniform * label_smoothing
    return loss.sum() / counts.sum() if reduction == "mean" else reduced(loss, reduction)


# cross_entropy for class indices is a row of the table. The gradient of −log softmax(x) at the target class is
# softmax(x), less 1 at that class. `made` before: log softmax(x); how much each sample counts; who is kept (None: all);
# and what the sum starts from, if there is one.

def _entropy(x, *, target, made):
    log_p, share, kept, start = made
    losses = log_p[_place(target, x.ndim)] * -share
    losses = losses if kept is None else np.where(kept, losses, 0)
    return losses if start is None else np.add.reduce(losses, axis=None) + start

def _entropy_rule(g, out, x, *, target, made):
    (log_p, share, *_), axis, place = made, min(1, x.ndim - 1), _place(target, x.ndim)
    g = g * share                          # one number for each sample, or one for all
    if g.shape:
        g = ops.reshape(g, shape=g.shape[:axis] + (1,) + g.shape[axis:])
    if isinstance(g, TensorBase):
        right = np.zeros_like(log_p)
        right[place] = 1
        return (softmax(x, axis) - leaf(right)) * g
    p = np.exp(log_p)
    p[place] -= 1
    p *= g
    return p

def _place(target, ndim):
    """The index of each sample's target class in an array (N, C, …)."""
    grid = [np.arange(n).reshape(-1, *[1] * (target.ndim - 1 - i)) for i, n in enumerate(target.shape)]
    grid.insert(min(1, ndim - 1), target)
    return tuple(grid)

_cross_entropy = primitive(_entropy, _entropy_rule, name="cross_entropy")

def _class_entropy(input, target, weight, ignore_index, reduction):
    if input.dtype.kind != "f":
        raise RuntimeError(f"cross_entropy: expected floating logits, got dtype {input.dtype}; use input.float()")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction: expected 'mean', 'sum' or 'none', got {reduction!r}")
    index, kept = _class_index("cross_entropy", input, target, ignore_index)
    share, start = 1 if kept is None else kept.astype(input.dtype), None if reduction == "none" else 0
    if weight is not None:
        share = weight[index] * share
    if reduction == "mean" and not (index.size if kept is None else kept.any()):
        start = input.dtype.type(math.nan)                                               # the mean of nobody
    elif reduction == "mean":
        with np.errstate(invalid="ignore", divide="ignore"):
            share = share / (index.size if kept is None and weight is None else share.sum())
    log_p = ops.log_softmax.forward(raw(input), axis=min(1, input.ndim - 1))
    return _cross_entropy(input, target=index, made=(log_p, share, kept, start))


def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100,
             reduction: str = "mean") -> Tensor:
    """−input at the right class, the second half of cross_entropy; input: log-probabilities, (N, C) or as there.

    >>> mg.nn.functional.nll_loss(mg.tensor([[-0.5, -1.], [-2., -0.25]]), mg.tensor([0, 1]))
    tensor(0.3750)
    """
    weight = _class_weight("nll_loss", weight, input.shape[min(1, input.ndim - 1)])
    loss, counts = _class_loss("nll_loss", input, as_tensor(target), weight, ignore_index)
    return loss.sum() / counts.sum() if reduction == "mean" else reduced(loss, reduction)


def _class_index(name, input, target, ignore_index):
    """The class of each sample, 0 for the ignored; and which are not ignored, None if all are kept."""
    dim, index = min(1, input.ndim - 1), target.value
    expected, classes = input.shape[:dim] + input.shape[dim + 1:], input.shape[dim]
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: expected class indices of dtype int64, got {index.dtype}; use target.long()")
    if index.shape != expected:
        raise RuntimeError(f"{name}: expected class indices of shape {expected} for an input of shape {input.shape}, "
                           f"got {index.shape}")
    if not 0 <= ignore_index < classes and (not index.size or 0 <= index.min() <= index.max() < classes):
        return index, None
    kept = index != ignore_index
    wrong = kept & ((index < 0) | (index >= classes))
    if wrong.any():
        raise IndexError(f"{name}: expected classes from 0 to {classes - 1}, got {index[wrong].flat[0]}")
    return np.where(kept, index, 0), kept


def _class_loss(name, log_p, target, weight, ignore_index):
    """The loss of each sample, and how much each sample counts: its class's weight, 0 if it is ignored."""
    index, kept = _class_index(name, log_p, target, ignore_index)
    kept, dim = np.ones(index.shape, bool) if kept is None else kept, min(1, log_p.ndim - 1)
    loss, counts = -take_along_dim(log_p, np.expand_dims(index, dim), dim).squeeze(dim), kept.astype(log_p.dtype)
    if weight is not None:
        each = weight[index]
        loss, counts = loss * each, counts * each
    return where(kept, loss, 0), counts


def _class_weight(name, weight, classes):
    if weight is None or raw(weight).shape == (classes,):
        return raw(weight)
    raise RuntimeError(f"{name}: expected a weight for each of {classes} classes, got shape {raw(weight).shape}")


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """(input − target)². Raises ValueError for different shapes, where broadcasting would compare all with all.

    >>> mg.nn.functional.mse_loss(mg.tensor([1., 2.]), mg.tensor([1., 4.]))
    tensor(2.)
    """
    target = same_shape("mse_loss", input, target)
    return reduced((input - target) ** 2, reduction)


def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, *,
                         reduction: str = "mean") -> Tensor:
    """−(target · log p + (1 − target) · log(1 − p)) for probabilities p; each log is cut off at −100, as in PyTorch.

    >>> mg.nn.functional.binary_cross_entropy(mg.tensor([0.5, 1.]), mg.tensor([1., 0.]), reduction="none")
    tensor([  0.6931, 100.0000])
    """
    target = same_shape("binary_cross_entropy", input, target)
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
    target = same_shape("binary_cross_entropy_with_logits", input, target)
    positive = target if pos_weight is None else target * pos_weight
    loss = -(positive * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    return reduced(loss if weight is None else loss * weight, reduction)


# A row of its own in the table, for what happens at p = 0 and 1: there PyTorch divides by 1e-12 instead of p (1 − p).
bce = primitive(lambda p, y: -y * _log(p) - (1 - y) * np.maximum(np.log1p(-p), -100),
                lambda g, out, p, y: g * (p - y) / ops.maximum(p * (1 - p), 1e-12),
                lambda g, out, p, y: g * (log1p(-p) - log(p)), name="bce")

def _log(x):
    return np.maximum(np.log(x), -100)
