"""Losses as layers: how wrong an output is, in one number. Each has the settings and the help of its function."""
from . import functional as F
from .layer import Layer

EACH = 'reduction="none"'


class _Loss(Layer):
    """A loss; its weights for classes are part of its state."""

    def __post_init__(self):
        for name in ("weight", "pos_weight"):
            if name in self._names:
                self.register_buffer(name, vars(self).pop(name))

    def extra_repr(self):
        return ""


# Of classes and probabilities

class CrossEntropyLoss(_Loss, of=F.cross_entropy): ...
class NLLLoss(_Loss, of=F.nll_loss): ...
class BCELoss(_Loss, of=F.binary_cross_entropy, example=EACH): ...
class BCEWithLogitsLoss(_Loss, of=F.binary_cross_entropy_with_logits, example=EACH): ...
class KLDivLoss(_Loss, of=F.kl_div): ...
class SoftMarginLoss(_Loss, of=F.soft_margin_loss): ...
class HingeEmbeddingLoss(_Loss, of=F.hinge_embedding_loss, example=EACH): ...

# Of numbers

class MSELoss(_Loss, of=F.mse_loss): ...
class L1Loss(_Loss, of=F.l1_loss): ...
class SmoothL1Loss(_Loss, of=F.smooth_l1_loss, example=EACH): ...
class HuberLoss(_Loss, of=F.huber_loss, keeps="reduction delta", example=EACH): ...
class PoissonNLLLoss(_Loss, of=F.poisson_nll_loss): ...


class GaussianNLLLoss(_Loss, of=F.gaussian_nll_loss):
    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
        super().__init__(full, eps, reduction)


# Of vectors, and of numbers in an order

class CosineSimilarity(_Loss, of=F.cosine_similarity): ...
class PairwiseDistance(_Loss, of=F.pairwise_distance): ...
class CosineEmbeddingLoss(_Loss, of=F.cosine_embedding_loss): ...
class MarginRankingLoss(_Loss, of=F.margin_ranking_loss): ...


class TripletMarginLoss(_Loss, of=F.triplet_margin_loss):
    def __post_init__(self):
        if self.margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected a margin above 0, got {self.margin}")
