"""Losses as layers: how wrong an output is, in one number. Each has its function in `functional`."""
from ..tensor import Tensor
from . import functional as F
from .module import Module


class _Loss(Module):
    """A loss with its `reduction`: "mean", "sum" or "none"."""

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction
        self.register_buffer("weight", weight)


class CrossEntropyLoss(_Loss):
    """−log of the probability that softmax(input) gives to the right class.

    input: logits (C,), (N, C) or (N, C, d1, …); target: class indices (int64) of the same shape without C, or
    probabilities of the same shape. Raises RuntimeError for other shapes, IndexError for a class that does not exist.

    >>> loss = mg.nn.CrossEntropyLoss()
    >>> loss(mg.tensor([[0., 0.]]), mg.tensor([1])), loss(mg.tensor([[0., 0.]]), mg.tensor([[0.5, 0.5]]))
    (tensor(0.6931), tensor(0.6931))
    """

    def __init__(self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean",
                 label_smoothing: float = 0.0):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        return F.cross_entropy(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction,
                               label_smoothing=self.label_smoothing)


class MSELoss(_Loss):
    """(input − target)², for two tensors of one shape.

    >>> mg.nn.MSELoss()(mg.tensor([1., 2.]), mg.tensor([1., 4.]))
    tensor(2.)
    """

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction=reduction)

    def forward(self, input, target):
        return F.mse_loss(input, target, reduction=self.reduction)


class BCELoss(_Loss):
    """−(target · log p + (1 − target) · log(1 − p)) for probabilities p from a sigmoid.

    >>> mg.nn.BCELoss()(mg.tensor([0.5]), mg.tensor([1.]))
    tensor(0.6931)
    """

    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean"):
        super().__init__(weight, reduction)

    def forward(self, input, target):
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """BCELoss of sigmoid(input), for any logits; `pos_weight` makes target 1 count more.

    >>> mg.nn.BCEWithLogitsLoss()(mg.tensor([0.]), mg.tensor([1.]))
    tensor(0.6931)
    """

    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean", pos_weight: Tensor | None = None):
        super().__init__(weight, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input, target):
        return F.binary_cross_entropy_with_logits(input, target, self.weight, reduction=self.reduction,
                                                  pos_weight=self.pos_weight)


class NLLLoss(_Loss):
    """−input at the right class, for log-probabilities (N, C), as from LogSoftmax.

    >>> mg.nn.NLLLoss()(mg.tensor([[-0.5, -1.]]), mg.tensor([0]))
    tensor(0.5000)
    """

    def __init__(self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean"):
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class L1Loss(_Loss):
    """|input − target|.

    >>> mg.nn.L1Loss()(mg.tensor([1., 2.]), mg.tensor([1., 5.]))
    tensor(1.5000)
    """

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction=reduction)

    def forward(self, input, target):
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """d² / (2 · beta) for distances d below beta, d − beta / 2 above.

    >>> mg.nn.SmoothL1Loss()(mg.tensor([0.]), mg.tensor([3.]))
    tensor(2.5000)
    """

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0):
        super().__init__(reduction=reduction)
        self.beta = beta

    def forward(self, input, target):
        return F.smooth_l1_loss(input, target, beta=self.beta, reduction=self.reduction)


class HuberLoss(_Loss):
    """d² / 2 for distances d below delta, delta · (d − delta / 2) above.

    >>> mg.nn.HuberLoss()(mg.tensor([0.]), mg.tensor([3.]))
    tensor(2.5000)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input, target):
        return F.huber_loss(input, target, delta=self.delta, reduction=self.reduction)


class KLDivLoss(_Loss):
    """target · (log target − input) for log-probabilities; "batchmean" divides the sum by N.

    >>> mg.nn.KLDivLoss()(mg.tensor([0.5]).log(), mg.tensor([1.0]))
    tensor(0.6931)
    """

    def __init__(self, *, reduction: str = "mean", log_target: bool = False):
        super().__init__(reduction=reduction)
        self.log_target = log_target

    def forward(self, input, target):
        return F.kl_div(input, target, log_target=self.log_target, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """log(1 + exp(−target · input)) for targets 1 and −1.

    >>> mg.nn.SoftMarginLoss()(mg.tensor([0.]), mg.tensor([1.]))
    tensor(0.6931)
    """

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction=reduction)

    def forward(self, input, target):
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class HingeEmbeddingLoss(_Loss):
    """The distance itself for target 1, max(0, margin − distance) for −1.

    >>> mg.nn.HingeEmbeddingLoss()(mg.tensor([0.3]), mg.tensor([-1.]))
    tensor(0.7000)
    """

    def __init__(self, margin: float = 1.0, *, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.margin = margin

    def forward(self, input, target):
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class PoissonNLLLoss(_Loss):
    """rate − target · log rate, for counts.

    >>> mg.nn.PoissonNLLLoss()(mg.tensor([0.]), mg.tensor([2.]))
    tensor(1.)
    """

    def __init__(self, log_input: bool = True, full: bool = False, *, eps: float = 1e-8, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, input, target):
        return F.poisson_nll_loss(input, target, log_input=self.log_input, full=self.full, eps=self.eps,
                                reduction=self.reduction)


class GaussianNLLLoss(_Loss):
    """(log var + (input − target)² / var) / 2, for a predicted mean and variance.

    >>> mg.nn.GaussianNLLLoss()(mg.tensor([0.]), mg.tensor([2.]), mg.tensor([1.]))
    tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.full, self.eps = full, eps

    def forward(self, input, target, var):
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """1 − cosine for pairs with target 1, max(0, cosine − margin) for those with −1.

    >>> mg.nn.CosineEmbeddingLoss()(mg.tensor([[1., 0.]]), mg.tensor([[0., 1.]]), mg.tensor([1]))
    tensor(1.)
    """

    def __init__(self, margin: float = 0.0, *, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.margin = margin

    def forward(self, input1, input2, target):
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """max(0, −target · (input1 − input2) + margin): target 1 asks that input1 be larger, −1 that input2 be.

    >>> mg.nn.MarginRankingLoss()(mg.tensor([1.]), mg.tensor([3.]), mg.tensor([1.]))
    tensor(2.)
    """

    def __init__(self, margin: float = 0.0, *, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.margin = margin

    def forward(self, input1, input2, target):
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """max(0, d(anchor, positive) − d(anchor, negative) + margin): the positive is to be nearer than the negative.

    >>> a, b = mg.tensor([[0., 0.]]), mg.tensor([[3., 4.]])
    >>> mg.nn.TripletMarginLoss()(a, b, a)
    tensor(6.0000)
    """

    def __init__(self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, *,
                 reduction: str = "mean"):
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected a margin above 0, got {margin}")
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor, positive, negative):
        return F.triplet_margin_loss(anchor, positive, negative, margin=self.margin, p=self.p, eps=self.eps,
                                     swap=self.swap, reduction=self.reduction)


class CosineSimilarity(Module):
    """The cosine of the angle between vectors along `dim`.

    >>> mg.nn.CosineSimilarity()(mg.tensor([[1., 0.]]), mg.tensor([[1., 1.]]))
    tensor([0.7071])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8):
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1, x2):
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """‖x1 − x2 + eps‖ₚ along the last axis.

    >>> mg.nn.PairwiseDistance()(mg.tensor([[0., 0.]]), mg.tensor([[3., 4.]]))
    tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False):
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1, x2):
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
