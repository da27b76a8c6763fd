"""Embedding: a learned vector for each of a set of things that are only numbered."""
from ..create import empty
from ..changes import changed
from ..tensor import Tensor
from . import functional as F
from .init import normal_
from .module import Module, Parameter


class Embedding(Module):
    """A table of vectors: whole numbers (…) -> (…, embedding_dim); weight (num_embeddings, embedding_dim).

    The vectors begin normal. The row `padding_idx` begins as zeros and receives no gradient. Raises NotImplementedError
    for max_norm, scale_grad_by_freq and sparse.

    >>> mg.nn.Embedding(10, 3)(mg.tensor([[1, 2], [4, 1]])).shape
    (2, 2, 3)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
                 max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
                 sparse: bool = False, _weight: Tensor | None = None, _freeze: bool = False, device=None, dtype=None):
        super().__init__()
        F.refuse("Embedding", max_norm=(max_norm, None), scale_grad_by_freq=(scale_grad_by_freq, False),
                 sparse=(sparse, False))
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError(f"Embedding: expected a padding_idx within {num_embeddings} rows, "
                                     f"got {padding_idx}")
            padding_idx %= num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        if _weight is not None and _weight.shape != (num_embeddings, embedding_dim):
            raise AssertionError(f"Embedding: expected a weight of shape {(num_embeddings, embedding_dim)}, "
                                 f"got {_weight.shape}")
        self.weight = Parameter(empty(num_embeddings, embedding_dim, dtype=dtype) if _weight is None else _weight,
                                requires_grad=not _freeze)
        if _weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new first values."""
        normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.value[self.padding_idx] = 0
            changed(self.weight.value)

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None, **settings):
        """A table with these vectors, which training leaves alone if `freeze`."""
        return cls(*embeddings.shape, padding_idx=padding_idx, _weight=embeddings, _freeze=freeze, **settings)

    def forward(self, input):
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        padding = f", padding_idx={self.padding_idx}" if self.padding_idx is not None else ""
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
