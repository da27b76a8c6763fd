"""The rarer losses: of probabilities, of numbers with a distribution, and of vectors.

Where PyTorch's losses stop at 0, `clamp(min=0)` gives the slope 1 at the corner, as theirs does;
relu would give 0.
"""
import math

import numpy as np

from ... import ops
from ...create import as_tensor
from ...functions import exp, log, relu, sqrt
from ...graph import raw
from ...nn.arguments import reduced, same_shape
from ...nn.loss import EACH, Loss, _class_loss, _class_weight, _over_counts
from ...ops import where
from ...public import public, refuse
from ..arrange import broadcast_tensors
from ..linalg import vector_norm
from .activation import softplus

# Of probabilities, and of numbers

@public("−input at the right class, the second half of cross_entropy; input: log-probabilities.",
        "[[-0.5, -1.], [-2., -0.25]], [0, 1]", "tensor(0.3750)")
def nll_loss(input, target, weight=None, *, ignore_index: int = -100, reduction: str = "mean"):
    weight = _class_weight("nll_loss", weight, input.shape[min(1, input.ndim - 1)])
    return _over_counts(*_class_loss("nll_loss", input, as_tensor(target), weight, ignore_index),
                        reduction)

@public("|input − target|.", "[1., 2.], [1., 5.]", "tensor(1.5000)")
def l1_loss(input, target, *, reduction: str = "mean"):
    return reduced(ops.abs(input - same_shape("l1_loss", input, target)), reduction)

@public('target · (log target − input) for log-probabilities `input`; "batchmean" divides by N.',
        "mg.nn.functional.kl_div(mg.tensor([0.5]).log(), mg.tensor([1.0]))", "tensor(0.6931)")
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

@public("log(1 + exp(−target · input)) for targets 1 and −1.", "[0.], [1.]", "0.6931")
def soft_margin_loss(input, target, *, reduction="mean"):
    target = same_shape("soft_margin_loss", input, target)
    return reduced(softplus(-target * input, 1, math.inf), reduction)

@public("The distance itself for target 1, max(0, margin − distance) for −1.",
        '[0.3, 0.3], [1., -1.], reduction="none"', "[0.3000, 0.7000]")
def hinge_embedding_loss(input, target, margin=1.0, *, reduction="mean"):
    sign = raw(as_tensor(target))
    far = where(sign != 1, (margin - input).clamp(min=0), 0)
    return reduced(far + where(sign != -1, input, 0), reduction)

@public("d² / (2 · beta) for distances d below beta, d − beta / 2 above (Girshick 2015).",
        '[0., 0.], [0.5, 3.], reduction="none"', "[0.1250, 2.5000]")
def smooth_l1_loss(input, target, *, reduction="mean", beta=1.0):
    refuse(beta < 0, f"smooth_l1_loss: expected a beta from 0 up, got {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    away = input - same_shape("smooth_l1_loss", input, target)
    return reduced(_huber(away, beta) / beta, reduction)

@public("d² / 2 for distances d below delta, delta · (d − delta / 2) above (Huber 1964).\n"
        "Weighted, the mean is taken over the weights' sum.",
        '[0., 0.], [0.5, 3.], reduction="none"', "[0.1250, 2.5000]")
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

@public("rate − target · log rate, the rate's negative log-likelihood for counts; input is log\n"
        "rate if `log_input`. `full` adds Stirling's approximation of log target! above 1.",
        "[0.], [2.]", "1.")
def poisson_nll_loss(input, target, log_input=True, full=False, *, eps=1e-8, reduction="mean"):
    target = as_tensor(target)
    loss = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        t = where(raw(target) > 1, target, 1)
        stirling = t * log(t) - t + 0.5 * log(2 * math.pi * t)
        loss = loss + where(raw(target) > 1, stirling, 0)
    return reduced(loss, reduction)

@public("(log var + (input − target)² / var) / 2, the negative log-likelihood of a normal\n"
        "distribution; var at least eps.", "[0.], [2.], [1.]", "2.")
def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    if isinstance(var, float):
        var = ops.add(input.detach() * 0, var)
    if var.ndim == input.ndim - 1 and var.shape == input.shape[:-1]:
        var = var.unsqueeze(-1)
    elif var.shape != input.shape:
        different = [v for n, v in zip(input.shape, var.shape) if n != v]
        refuse(var.ndim != input.ndim or sum(different) != 1,
               f"gaussian_nll_loss: expected a var of shape {input.shape}, or with 1 in the place "
               f"of one size, or without the last, got {var.shape}", ValueError)
    refuse((raw(var) < 0).any(),
           "gaussian_nll_loss: expected variances from 0 up, got negative ones", ValueError)
    var = var + raw(np.maximum(raw(var), eps) - raw(var))      # the gradient is an unclamped var's
    loss = 0.5 * (log(var) + (input - target) ** 2 / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)

# Of vectors, and of numbers in an order

@public("The cosine of the angle between vectors: x1 · x2 / (‖x1‖ ‖x2‖), each norm at least eps.",
        "[[1., 0.]], [[1., 1.]]", "[0.7071]")
def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    a, b = (x / vector_norm(x, 2, dim, keepdim=True).clamp(min=eps)
            for x in broadcast_tensors(x1, x2))
    return (a * b).sum(dim)

@public("‖x1 − x2 + eps‖ₚ along the last axis.", "[[0., 0.]], [[3., 4.]]", "[5.0000]")
def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)

@public("1 − cosine for pairs with target 1, max(0, cosine − margin) for those with −1.",
        "[[1., 0.]], [[0., 1.]], [1]", "1.")
def cosine_embedding_loss(input1, input2, target, margin=0, *, reduction="mean"):
    dim, eps, target = input1.ndim - 1, 1e-12, as_tensor(target)
    refuse(input1.shape != input2.shape or target.shape != input1.shape[:dim],
           "cosine_embedding_loss: expected two inputs (N, D) and a target (N,), "
           f"got {input1.shape}, {input2.shape} and {target.shape}")
    lengths = sqrt(((input1 * input1).sum(dim) + eps) * ((input2 * input2).sum(dim) + eps))
    cosine, sign = (input1 * input2).sum(dim) / lengths, raw(target)
    loss = where(sign == 1, 1 - cosine, 0)
    return reduced(loss + where(sign == -1, relu(cosine - margin), 0), reduction)

def _same_axes(name, *tensors):
    a, b, c = (as_tensor(t).shape for t in tensors)
    refuse(not len(a) == len(b) == len(c),
           f"{name}: expected three tensors with equally many axes, got {a}, {b} and {c}")

@public("max(0, d(anchor, positive) − d(anchor, negative) + margin); `swap` measures the negative\n"
        "from the nearer one.", "[[0., 0.]], [[3., 4.]], [[0., 0.]]", "6.0000")
def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, *,
                        reduction="mean"):
    refuse(margin <= 0, f"triplet_margin_loss: expected a margin above 0, got {margin}", ValueError)
    _same_axes("triplet_margin_loss", anchor, positive, negative)
    near, far = (pairwise_distance(anchor, x, p, eps) for x in (positive, negative))
    if swap:
        far = ops.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced((near - far + margin).clamp(min=0), reduction)

@public("max(0, −target · (input1 − input2) + margin): target 1 asks that input1 be larger, −1\n"
        "that input2 be.", "[1.], [3.], [1.]", "2.")
def margin_ranking_loss(input1, input2, target, margin=0, *, reduction="mean"):
    _same_axes("margin_ranking_loss", input1, input2, target)
    return reduced((-target * (input1 - input2) + margin).clamp(min=0), reduction)

# The layers

class NLLLoss(Loss, of=nll_loss): ...
class L1Loss(Loss, of=l1_loss): ...
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
        refuse(self.margin <= 0,
               f"TripletMarginLoss: expected a margin above 0, got {self.margin}", ValueError)
