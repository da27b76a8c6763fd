"""Losses of numbers and of vectors; those of classes and probabilities are in `functional` itself.

Where PyTorch's losses stop at 0, `clamp(min=0)` gives the slope 1 at the corner, as theirs does; relu would give 0.
"""
import math

import numpy as np

from ... import ops
from ...catalog.arrange import broadcast_tensors
from ...create import as_tensor
from ...functions import exp, log, relu, sqrt
from ...graph import raw
from ...catalog.linalg import vector_norm
from ...ops import where
from ...tensor import Tensor
from ..checks import reduced, same_shape
from .activation import softplus


def l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """|input − target|.

    >>> mg.nn.functional.l1_loss(mg.tensor([1., 2.]), mg.tensor([1., 5.]))
    tensor(1.5000)
    """
    return reduced(ops.abs(input - same_shape("l1_loss", input, target)), reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """d² / (2 · beta) for distances d below beta, d − beta / 2 above (Girshick 2015).

    >>> mg.nn.functional.smooth_l1_loss(mg.tensor([0., 0.]), mg.tensor([0.5, 3.]), reduction="none")
    tensor([0.1250, 2.5000])
    """
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss: expected a beta from 0 up, got {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return reduced(_huber(input - same_shape("smooth_l1_loss", input, target), beta) / beta, reduction)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0,
               weight: Tensor | None = None) -> Tensor:
    """d² / 2 for distances d below delta, delta · (d − delta / 2) above (Huber 1964).

    >>> mg.nn.functional.huber_loss(mg.tensor([0., 0.]), mg.tensor([0.5, 3.]), reduction="none")
    tensor([0.1250, 2.5000])
    """
    if delta <= 0:
        raise RuntimeError(f"huber_loss: expected a delta above 0, got {delta}")
    loss = _huber(input - same_shape("huber_loss", input, target), delta)
    return reduced(*_weighted(loss, weight, reduction))


def _huber(away, delta):
    d = ops.abs(away)
    return where(away * away * 0.5, delta * (d - 0.5 * delta), condition=raw(d) < delta)


def _weighted(loss, weight, reduction):
    """Weighted losses; their mean is taken over the weights' sum, as PyTorch does where it is new."""
    if weight is None:
        return loss, reduction
    weight, loss = as_tensor(weight), loss * weight
    return (loss.sum() / weight.sum(), "sum") if reduction == "mean" else (loss, reduction)


def kl_div(input: Tensor, target: Tensor, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target · (log target − input): how far log-probabilities are from probabilities; "batchmean" divides by N.

    >>> mg.nn.functional.kl_div(mg.tensor([0.5]).log(), mg.tensor([1.0]))
    tensor(0.6931)
    """
    target = as_tensor(target)
    if log_target:
        loss = exp(target) * (target - input)
    else:
        nothing = raw(target) == 0                             # 0 · log 0 counts as 0
        loss = target * (log(where(target, 1, condition=~nothing)) - input)
    if reduction == "batchmean":
        return loss.sum() / input.shape[0] if input.ndim else loss
    return reduced(loss, reduction)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors: x1 · x2 / (‖x1‖ ‖x2‖), each norm at least eps.

    >>> mg.nn.functional.cosine_similarity(mg.tensor([[1., 0.]]), mg.tensor([[1., 1.]]))
    tensor([0.7071])
    """
    units = (x / vector_norm(x, 2, dim, keepdim=True).clamp(min=eps) for x in broadcast_tensors(x1, x2))
    return (next(units) * next(units)).sum(dim)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """‖x1 − x2 + eps‖ₚ along the last axis.

    >>> mg.nn.functional.pairwise_distance(mg.tensor([[0., 0.]]), mg.tensor([[3., 4.]]))
    tensor([5.0000])
    """
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, *,
                          reduction: str = "mean") -> Tensor:
    """1 − cosine for pairs with target 1, max(0, cosine − margin) for those with −1.

    >>> mg.nn.functional.cosine_embedding_loss(mg.tensor([[1., 0.]]), mg.tensor([[0., 1.]]), mg.tensor([1]))
    tensor(1.)
    """
    dim, eps, target = input1.ndim - 1, 1e-12, as_tensor(target)
    if input1.shape != input2.shape or target.shape != input1.shape[:dim]:
        raise RuntimeError(f"cosine_embedding_loss: expected two inputs (N, D) and a target (N,), got {input1.shape}, "
                           f"{input2.shape} and {target.shape}")
    lengths = sqrt(((input1 * input1).sum(dim) + eps) * ((input2 * input2).sum(dim) + eps))
    cosine = (input1 * input2).sum(dim) / lengths
    loss = where(1 - cosine, 0, condition=raw(target) == 1) + \
        where(relu(cosine - margin), 0, condition=raw(target) == -1)
    return reduced(loss, reduction)


def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2,
                        eps: float = 1e-6, swap: bool = False, *, reduction: str = "mean") -> Tensor:
    """max(0, d(anchor, positive) − d(anchor, negative) + margin); `swap` measures the negative from the nearer one.

    >>> a, b = mg.tensor([[0., 0.]]), mg.tensor([[3., 4.]])
    >>> mg.nn.functional.triplet_margin_loss(a, b, a)
    tensor(6.0000)
    """
    if margin <= 0:
        raise ValueError(f"triplet_margin_loss: expected a margin above 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError("triplet_margin_loss: expected three tensors with equally many axes, "
                           f"got {anchor.shape}, {positive.shape} and {negative.shape}")
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = ops.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced((near - far + margin).clamp(min=0), reduction)


def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, *,
                        reduction: str = "mean") -> Tensor:
    """max(0, −target · (input1 − input2) + margin): target 1 asks that input1 be larger, −1 that input2 be.

    >>> mg.nn.functional.margin_ranking_loss(mg.tensor([1.]), mg.tensor([3.]), mg.tensor([1.]))
    tensor(2.)
    """
    if not input1.ndim == input2.ndim == as_tensor(target).ndim:
        raise RuntimeError("margin_ranking_loss: expected three tensors with equally many axes, "
                           f"got {input1.shape}, {input2.shape} and {target.shape}")
    return reduced((-target * (input1 - input2) + margin).clamp(min=0), reduction)


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, *, reduction: str = "mean") -> Tensor:
    """The distance itself for target 1, max(0, margin − distance) for −1.

    >>> mg.nn.functional.hinge_embedding_loss(mg.tensor([0.3, 0.3]), mg.tensor([1., -1.]), reduction="none")
    tensor([0.3000, 0.7000])
    """
    target = as_tensor(target)
    loss = where((margin - input).clamp(min=0), 0, condition=raw(target) != 1) + \
        where(input, 0, condition=raw(target) != -1)
    return reduced(loss, reduction)


def soft_margin_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """log(1 + exp(−target · input)) for targets 1 and −1.

    >>> mg.nn.functional.soft_margin_loss(mg.tensor([0.]), mg.tensor([1.]))
    tensor(0.6931)
    """
    target = same_shape("soft_margin_loss", input, target)
    return reduced(softplus(-target * input, 1, math.inf), reduction)


def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, *, eps: float = 1e-8,
                     reduction: str = "mean") -> Tensor:
    """rate − target · log rate, the rate's negative log-likelihood for counts; input is log rate if `log_input`.

    `full` adds Stirling's approximation of log target! where target is above 1.

    >>> mg.nn.functional.poisson_nll_loss(mg.tensor([0.]), mg.tensor([2.]))
    tensor(1.)
    """
    target = as_tensor(target)
    loss = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        t = where(target, 1, condition=raw(target) > 1)
        stirling = t * log(t) - t + 0.5 * log(2 * math.pi * t)
        loss = loss + where(stirling, 0, condition=raw(target) > 1)
    return reduced(loss, reduction)


def gaussian_nll_loss(input: Tensor, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Tensor:
    """(log var + (input − target)² / var) / 2, the negative log-likelihood of a normal distribution; var at least eps.

    >>> mg.nn.functional.gaussian_nll_loss(mg.tensor([0.]), mg.tensor([2.]), mg.tensor([1.]))
    tensor(2.)
    """
    if isinstance(var, float):
        var = ops.add(input.detach() * 0, var)
    if var.ndim == input.ndim - 1 and var.shape == input.shape[:-1]:
        var = var.unsqueeze(-1)
    elif var.shape != input.shape and not (
            var.ndim == input.ndim and sum(v for n, v in zip(input.shape, var.shape) if n != v) == 1):
        raise ValueError(f"gaussian_nll_loss: expected a var of shape {input.shape}, or with 1 in the place of one "
                         f"size, or without the last, got {var.shape}")
    if (raw(var) < 0).any():
        raise ValueError("gaussian_nll_loss: expected variances from 0 up, got negative ones")
    var = var + raw(np.maximum(raw(var), eps) - raw(var))      # its gradient is that of an unclamped var
    loss = 0.5 * (log(var) + (input - target) ** 2 / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)
