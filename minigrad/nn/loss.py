"""Losses: how wrong an output is, in one number; each as a function and as a layer."""
import math

import numpy as np

from .. import ops
from ..create import as_tensor
from ..functions import log, log1p, where
from ..kernels import log_softmax
from ..printing import named
from ..graph import TensorBase, leaf, primitive, raw
from ..public import public as says, refuse
from ..tensor import Tensor
from .activation import logsigmoid
from .arguments import check_reduction, reduced, same_shape
from .layer import Layer

# cross_entropy for class indices: the gradient of −log softmax(x) at the target class is
# softmax(x), less 1 at that class. `share` says how much each sample counts, `kept` who counts at
# all (everybody, if it is left out); the sum is divided by `over` (None: there is no sum).

def _entropy(x, target, share=1.0, kept=None, *, over):
    log_p = log_softmax(x, axis=min(1, x.ndim - 1))
    losses = log_p[_place(target, x.ndim)] * -share
    losses = losses if kept is None else np.where(kept, losses, 0)
    return losses if over is None else np.add.reduce(losses, axis=None) / over, log_p

def _entropy_rule(g, out, x, target, share=1.0, kept=None, *, over, saved=None):
    axis, place = min(1, x.ndim - 1), _place(target, x.ndim)
    g = g * share if not over else g * share / over            # one for each sample, or one for all
    if g.shape:
        g = ops.reshape(g, shape=g.shape[:axis] + (1,) + g.shape[axis:])
    if isinstance(g, TensorBase):
        right = np.zeros_like(x.value)
        right[place] = 1
        return (ops.softmax(x, axis=axis) - leaf(right)) * g
    p = np.exp(saved)
    p[place] -= 1
    p *= g
    return p

def _place(target, ndim):
    """The index of each sample's target class in an array (N, C, …)."""
    grid = [np.arange(n).reshape(-1, *[1] * (target.ndim - 1 - i))
            for i, n in enumerate(target.shape)]
    grid.insert(min(1, ndim - 1), target)
    return tuple(grid)

_cross_entropy = primitive(_entropy, _entropy_rule, None, None, None, saves=True, quiet=True,
                           name="cross_entropy")

# For probabilities, a row of its own for what happens at p = 0 and 1: there PyTorch divides by
# 1e-12 instead of p (1 − p), and cuts the logarithms off at −100.

_bce = primitive(
    lambda p, y: -y * np.maximum(np.log(p), -100) - (1 - y) * np.maximum(np.log1p(-p), -100),
    lambda g, out, p, y: g * (p - y) / ops.maximum(p * (1 - p), 1e-12),
    lambda g, out, p, y: g * (log1p(-p) - log(p)), name="bce", quiet=True)


# Of classes

def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, *,
                  ignore_index: int = -100, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Tensor:
    """−log of the probability that softmax(input) gives to the right class.

    input: logits (C,), (N, C) or (N, C, d1, …), not probabilities. target: class indices, the same
    shape without C; or probabilities, the same shape. `weight` (C,) makes classes count more or
    less; for indices "mean" is then a weighted mean. Samples with `ignore_index` count nothing.
    `label_smoothing` mixes the target with the uniform distribution.

    >>> mg.nn.functional.cross_entropy(mg.tensor([[0., 0.], [0., 100.]]), mg.tensor([0, 1]))
    tensor(0.3466)
    """
    target, dim = as_tensor(target), min(1, input.ndim - 1)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError("cross_entropy: expected a label_smoothing from 0 to 1, "
                           f"got {label_smoothing}")
    weight = _class_weight("cross_entropy", weight, input.shape[dim])
    if target.dtype.kind != "f" and not label_smoothing:
        return _class_entropy(input, target, weight, ignore_index, reduction)
    log_p = ops.log_softmax(input, axis=dim)
    shape = (-1, *[1] * (input.ndim - dim - 1))
    weighted = log_p if weight is None else log_p * weight.reshape(shape)
    if target.dtype.kind == "f":
        if target.shape != input.shape:
            raise RuntimeError(f"cross_entropy: expected probabilities of shape {input.shape}, got "
                               f"{target.shape}; class indices must be whole numbers, "
                               "target.long()")
        smooth = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
        return reduced(-(smooth * weighted).sum(dim), reduction)
    loss, counts = _class_loss("cross_entropy", log_p, target, weight, ignore_index)
    uniform = where(target != ignore_index, -weighted.mean(dim), 0)
    loss = loss * (1 - label_smoothing) + uniform * label_smoothing
    return _over_counts(loss, counts, reduction)

def _class_entropy(input, target, weight, ignore_index, reduction):
    if input.dtype.kind != "f":
        raise RuntimeError(f"cross_entropy: expected floating logits, got dtype {input.dtype}; "
                           "use input.float()")
    check_reduction(reduction)
    index, kept = _class_index("cross_entropy", input, target, ignore_index)
    weighed, count = (), index.size
    if kept is not None or weight is not None:
        share = (1.0 if kept is None else kept) * np.ones(index.shape, input.dtype)
        share = share if weight is None else weight[index] * share
        weighed, count = (share,) if kept is None else (share, kept), share.sum().item()
        if not count and index.size and (kept is None or kept.any()):
            count = math.nan                                   # all have the weight 0
    over = {"none": None, "sum": 1.0, "mean": float(count)}[reduction]
    labels = target if index is target.value else index        # a picture knows the name of its own
    return _cross_entropy(input, labels, *weighed, over=over)

def _over_counts(loss, counts, reduction):
    return loss.sum() / counts.sum() if reduction == "mean" else reduced(loss, reduction)

def _class_index(name, input, target, ignore_index):
    """The class of each sample, 0 for the ignored; and which are kept, None if all are."""
    dim, index = min(1, input.ndim - 1), target.value
    shape = input.value.shape
    expected, classes = shape[:dim] + shape[dim + 1:], shape[dim]
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: expected class indices of dtype int64, got {index.dtype}; "
                           "use target.long()")
    if index.shape != expected:
        raise RuntimeError(f"{name}: expected class indices of shape {expected} for an input of "
                           f"shape {shape}, got {index.shape}")
    inside = not index.size or 0 <= index.min() <= index.max() < classes
    if inside and not 0 <= ignore_index < classes:
        return index, None
    kept = index != ignore_index
    wrong = kept & ((index < 0) | (index >= classes))
    if wrong.any():
        raise IndexError(f"{name}: expected classes from 0 to {classes - 1}, "
                         f"got {index[wrong].flat[0]}")
    return np.where(kept, index, 0), kept

def _class_loss(name, log_p, target, weight, ignore_index):
    """The loss of each sample, and how much it counts: its class's weight, 0 if it is ignored."""
    index, kept = _class_index(name, log_p, target, ignore_index)
    kept = np.ones(index.shape, bool) if kept is None else kept
    loss = -ops.getitem(log_p, index=_place(index, log_p.ndim))
    counts = kept.astype(log_p.dtype)
    if weight is not None:
        loss, counts = loss * weight[index], counts * weight[index]
    return where(kept, loss, 0), counts

def _class_weight(name, weight, classes):
    if weight is None or raw(weight).shape == (classes,):
        return raw(weight)
    raise RuntimeError(f"{name}: expected a weight for each of {classes} classes, "
                       f"got shape {raw(weight).shape}")


# Of probabilities

@named
def binary_cross_entropy(input, target, weight=None, *, reduction: str = "mean"):
    """−(target · log p + (1 − target) · log(1 − p)) for probabilities p; logs are cut off at −100.

    >>> p, y = mg.tensor([0.5, 1.]), mg.tensor([1., 0.])
    >>> mg.nn.functional.binary_cross_entropy(p, y, reduction="none")
    tensor([  0.6931, 100.0000])
    """
    target = same_shape("binary_cross_entropy", input, target)
    refuse(not ((input.value >= 0) & (input.value <= 1)).all(), "binary_cross_entropy: expected "
           "probabilities from 0 to 1, got numbers outside; apply sigmoid, or use "
           "binary_cross_entropy_with_logits, which does it itself")
    loss = _bce(input, target)
    return reduced(loss if weight is None else loss * weight, reduction)

@named
def binary_cross_entropy_with_logits(input, target, weight=None, *, reduction: str = "mean",
                                     pos_weight=None):
    """binary_cross_entropy of sigmoid(input), computed so that no logit is too large.

    −(target · log σ(x) + (1 − target) · log σ(−x)); `pos_weight` multiplies the first term.

    >>> x, y = mg.tensor([0., 1000.]), mg.tensor([1., 0.])
    >>> mg.nn.functional.binary_cross_entropy_with_logits(x, y, reduction="none")
    tensor([6.9315e-01, 1.0000e+03])
    """
    target = same_shape("binary_cross_entropy_with_logits", input, target)
    positive = target if pos_weight is None else target * pos_weight
    loss = -(positive * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    return reduced(loss if weight is None else loss * weight, reduction)


# Of numbers

@says("(input − target)². Raises ValueError for different shapes: broadcast, all would meet all.",
      "mg.nn.functional.mse_loss(mg.tensor([1., 2.]), mg.tensor([1., 4.]))", "tensor(2.)")
def mse_loss(input, target, *, reduction: str = "mean"):
    return reduced((input - same_shape("mse_loss", input, target)) ** 2, reduction)


# The layers; each has the settings and the help of its function

class Loss(Layer):
    """A loss; its weights for classes are part of its state."""

    def __post_init__(self):
        for name in ("weight", "pos_weight"):
            if name in self._names:
                self.register_buffer(name, vars(self).pop(name))

    def extra_repr(self):
        return ""


EACH = 'reduction="none"'

class CrossEntropyLoss(Loss, of=cross_entropy): ...
class BCELoss(Loss, of=binary_cross_entropy, example=EACH): ...
class BCEWithLogitsLoss(Loss, of=binary_cross_entropy_with_logits, example=EACH): ...
class MSELoss(Loss, of=mse_loss): ...
