"""Losses as layers: how wrong an output is, in one number. Each has its function in `functional`."""
from ..tensor import Tensor
from . import functional as F
from .module import Module


class _Loss(Module):
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
