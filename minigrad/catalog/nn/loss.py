"""The rarer losses: of probabilities, of numbers with a distribution, and of vectors.

Where PyTorch's losses stop at 0, `clamp(min=0)` gives the slope 1 at the corner, as theirs does;
relu would give 0.
"""
import math

import numpy as np

from ... import ops
from ...create import as_tensor
from ...functions import exp, log, relu, sqrt
from ...public import public as says
from ...graph import raw
from ..linalg import vector_norm
from ..arrange import broadcast_tensors
from ...nn.arguments import reduced, same_shape
from ...nn.loss import EACH, Loss, l1_loss
from ...ops import where
from ...tensor import Tensor
from .activation import softplus

F = "mg.nn.functional."

# Of probabilities, and of numbers

@says("target · (log target − input): how far log-probabilities are from probabilities; "
      '"batchmean" divides by N.',
      F + "kl_div(mg.tensor([0.5]).log(), mg.tensor([1.0]))", "tensor(0.6931)")
def kl_div(input, target, *, reduction="mean", log_target=False):
    target = as_tensor(target)
    if log_target:
        loss = exp(target) * (target - input)
    else:
        nothing = raw(target) == 0                             # 0 · log 0 counts as 0
        loss = target * (log(where(~nothing, target, 1)) - input)
    if reduction == "batchmean":
        return loss.sum() / input.shape[0] if input.ndim else loss
    return reduced(loss, reduction)

@says("log(1 + exp(−target · input)) for targets 1 and −1.",
      F + "soft_margin_loss(mg.tensor([0.]), mg.tensor([1.]))", "tensor(0.6931)")
def soft_margin_loss(input, target, *, reduction="mean"):
    target = same_shape("soft_margin_loss", input, target)
    return reduced(softplus(-target * input, 1, math.inf), reduction)

@says("The distance itself for target 1, max(0, margin − distance) for −1.",
      F + 'hinge_embedding_loss(mg.tensor([0.3, 0.3]), mg.tensor([1., -1.]), reduction="none")',
      "tensor([0.3000, 0.7000])")
def hinge_embedding_loss(input, target, margin=1.0, *, reduction="mean"):
    sign = raw(as_tensor(target))
    far = where(sign != 1, (margin - input).clamp(min=0), 0)
    return reduced(far + where(sign != -1, input, 0), reduction)

@says("d² / (2 · beta) for distances d below beta, d − beta / 2 above (Girshick 2015).",
      F + 'smooth_l1_loss(mg.tensor([0., 0.]), mg.tensor([0.5, 3.]), reduction="none")',
      "tensor([0.1250, 2.5000])")
def smooth_l1_loss(input, target, *, reduction="mean", beta=1.0):
    refuse(beta < 0, f"smooth_l1_loss: expected a beta from 0 up, got {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    away = input - same_shape("smooth_l1_loss", input, target)
    return reduced(_huber(away, beta) / beta, reduction)

@says("d² / 2 for distances d below delta, delta · (d − delta / 2) above (Huber 1964). Weighted,\n"
      "the mean is taken over the weights' sum.",
      F + 'huber_loss(mg.tensor([0., 0.]), mg.tensor([0.5, 3.]), reduction="none")',
      "tensor([0.1250, 2.5000])")
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    refuse(delta <= 0, f"huber_loss: expected a delta above 0, got {delta}")
    loss = _huber(input - same_shape("huber_loss", input, target), delta)
    if weight is None:
        return reduced(loss, reduction)
    loss = loss * (weight := as_tensor(weight))
    return loss.sum() / weight.sum() if reduction == "mean" else reduced(loss, reduction)

def _huber(away, delta):
    """d² / 2 for distances d below delta, delta · (d − delta / 2) above."""
    d = ops.abs(away)
    return where(raw(d) < delta, away * away * 0.5, delta * (d - 0.5 * delta))

@says("rate − target · log rate, the rate's negative log-likelihood for counts; input is log rate\n"
      "if `log_input`. `full` adds Stirling's approximation of log target! above 1.",
      F + "poisson_nll_loss(mg.tensor([0.]), mg.tensor([2.]))", "tensor(1.)")
def poisson_nll_loss(input, target, log_input=True, full=False, *, eps=1e-8, reduction="mean"):
    target = as_tensor(target)
    loss = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        t = where(raw(target) > 1, target, 1)
        stirling = t * log(t) - t + 0.5 * log(2 * math.pi * t)
        loss = loss + where(raw(target) > 1, stirling, 0)
    return reduced(loss, reduction)

@says("(log var + (input − target)² / var) / 2, the negative log-likelihood of a normal\n"
      "distribution; var at least eps.",
      F + "gaussian_nll_loss(mg.tensor([0.]), mg.tensor([2.]), mg.tensor([1.]))", "tensor(2.)")
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    if isinstance(var, float):
        var = ops.add(input.detach() * 0, var)
    if var.ndim == input.ndim - 1 and var.shape == input.shape[:-1]:
        var = var.unsqueeze(-1)
    elif var.shape != input.shape:
        different = [v for n, v in zip(input.shape, var.shape) if n != v]
        if var.ndim != input.ndim or sum(different) != 1:
            raise ValueError(f"gaussian_nll_loss: expected a var of shape {input.shape}, or with 1 "
                             f"in the place of one size, or without the last, got {var.shape}")
    if (raw(var) < 0).any():
        raise ValueError("gaussian_nll_loss: expected variances from 0 up, got negative ones")
    var = var + raw(np.maximum(raw(var), eps) - raw(var))      # the gradient is an unclamped var's
    loss = 0.5 * (log(var) + (input - target) ** 2 / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)

# Of vectors, and of numbers in an order

@says("The cosine of the angle between vectors: x1 · x2 / (‖x1‖ ‖x2‖), each norm at least eps.",
      F + "cosine_similarity(mg.tensor([[1., 0.]]), mg.tensor([[1., 1.]]))", "tensor([0.7071])")
def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    a, b = (x / vector_norm(x, 2, dim, keepdim=True).clamp(min=eps)
            for x in broadcast_tensors(x1, x2))
    return (a * b).sum(dim)

@says("‖x1 − x2 + eps‖ₚ along the last axis.",
      F + "pairwise_distance(mg.tensor([[0., 0.]]), mg.tensor([[3., 4.]]))", "tensor([5.0000])")
def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)

@says("1 − cosine for pairs with target 1, max(0, cosine − margin) for those with −1.",
      F + "cosine_embedding_loss(mg.tensor([[1., 0.]]), mg.tensor([[0., 1.]]), mg.tensor([1]))",
      "tensor(1.)")
def cosine_embedding_loss(input1, input2, target, margin=0, *, reduction="mean"):
    dim, eps, target = input1.ndim - 1, 1e-12, as_tensor(target)
    if input1.shape != input2.shape or target.shape != input1.shape[:dim]:
        raise RuntimeError("cosine_embedding_loss: expected two inputs (N, D) and a target (N,), "
                           f"got {input1.shape}, {input2.shape} and {target.shape}")
    lengths = sqrt(((input1 * input1).sum(dim) + eps) * ((input2 * input2).sum(dim) + eps))
    cosine, sign = (input1 * input2).sum(dim) / lengths, raw(target)
    loss = where(sign == 1, 1 - cosine, 0)
    return reduced(loss + where(sign == -1, relu(cosine - margin), 0), reduction)

def _same_axes(name, *tensors):
    if len({as_tensor(t).ndim for t in tensors}) > 1:
        a, b, c = (t.shape for t in tensors)
        raise RuntimeError(f"{name}: expected three tensors with equally many axes, "
                           f"got {a}, {b} and {c}")

@says("max(0, d(anchor, positive) − d(anchor, negative) + margin); `swap` measures the negative\n"
      "from the nearer one.",
      F + "triplet_margin_loss(mg.zeros(1, 2), mg.tensor([[3., 4.]]), mg.zeros(1, 2))",
      "tensor(6.0000)")
def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, *,
                        reduction="mean"):
    refuse(margin <= 0, f"triplet_margin_loss: expected a margin above 0, got {margin}", ValueError)
    _same_axes("triplet_margin_loss", anchor, positive, negative)
    near, far = (pairwise_distance(anchor, x, p, eps) for x in (positive, negative))
    if swap:
        far = ops.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced((near - far + margin).clamp(min=0), reduction)

@says("max(0, −target · (input1 − input2) + margin): target 1 asks that input1 be larger, −1 that\n"
      "input2 be.",
      F + "margin_ranking_loss(mg.tensor([1.]), mg.tensor([3.]), mg.tensor([1.]))", "tensor(2.)")
def margin_ranking_loss(input1, input2, target, margin=0, *, reduction="mean"):
    _same_axes("margin_ranking_loss", input1, input2, target)
    return reduced((-target * (input1 - input2) + margin).clamp(min=0), reduction)

# The layers

class KLDivLoss(Loss, of=kl_div): ...
class SoftMarginLoss(Loss, of=soft_margin_loss): ...
class HingeEmbeddingLoss(Loss, of=hinge_embedding_loss, example=EACH): ...
class SmoothL1Loss(Loss, of=smooth_l1_loss, example=EACH): ...
class HuberLoss(Loss, of=huber_loss, keeps="reduction delta", example=EACH): ...
class PoissonNLLLoss(Loss, of=poisson_nll_loss): ...
class CosineSimilarity(Loss, of=cosine_similarity): ...
class PairwiseDistance(Loss, of=pairwise_distance): ...
class CosineEmbeddingLoss(Loss, of=cosine_embedding_loss): ...
class MarginRankingLoss(Loss, of=margin_ranking_loss): ...

class GaussianNLLLoss(Loss, of=gaussian_nll_loss):
    def __init__(self, *, full=False, eps=1e-6, reduction="mean"):
        super().__init__(full, eps, reduction)

class TripletMarginLoss(Loss, of=triplet_margin_loss):
    def __post_init__(self):
        if self.margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected a margin above 0, got {self.margin}")
