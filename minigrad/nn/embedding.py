"""Things that are only numbered, as rows: of zeros and a one, or of numbers that are learned."""
import numpy as np

from .. import ops
from ..changes import changed
from ..create import empty
from ..graph import leaf, raw
from ..printing import named
from ..public import refuse
from ..tensor import Tensor
from .arguments import refuse as only
from .init import normal_
from .module import Module, Parameter


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A row for each class index, 1 there, else 0; int64. By default as many classes as occur.

    >>> mg.nn.functional.one_hot(mg.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    index = raw(tensor)
    refuse(index.dtype.kind not in "iu",
           f"one_hot: expected class indices of dtype int64, got {index.dtype}")
    if num_classes == -1:
        refuse(not index.size,
               "one_hot: cannot count the classes of an empty tensor; pass num_classes")
        num_classes = int(index.max()) + 1
    if index.size and not 0 <= index.min() <= index.max() < num_classes:
        raise RuntimeError(f"one_hot: expected class indices from 0 to {num_classes - 1}, "
                           f"got {index.min()} to {index.max()}")
    return leaf((index[..., None] == np.arange(num_classes)).astype(np.int64, order="C"))

@named
def embedding(input, weight, padding_idx: int | None = None, max_norm=None, norm_type: float = 2.0,
              scale_grad_by_freq=False, sparse=False):
    """The rows of weight (V, E) that the whole numbers in `input` name: (…) -> (…, E).

    The row `padding_idx` receives no gradient. Raises IndexError for numbers outside 0 to V − 1.

    >>> mg.nn.functional.embedding(mg.tensor([1, 0]), mg.tensor([[1., 2.], [3., 4.]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    _refuse("embedding", max_norm, scale_grad_by_freq, sparse)
    index, rows = raw(input), weight.shape[0]
    refuse(weight.ndim != 2, f"embedding: expected a weight of shape (V, E), got {weight.shape}")
    refuse(index.dtype.kind not in "iu",
           f"embedding: expected whole numbers, got dtype {index.dtype}; use input.long()")
    if index.size and not 0 <= index.min() <= index.max() < rows:
        raise IndexError(f"embedding: expected numbers from 0 to {rows - 1}, "
                         f"got {index.min()} to {index.max()}")
    out = ops.getitem(weight, index=(index,))
    if padding_idx is None:
        return out
    padding = index == _row("embedding", padding_idx, rows)
    return ops.where(padding[..., None], out.detach(), out)

def _refuse(name, max_norm, scale_grad_by_freq, sparse):
    only(name, max_norm=(max_norm, None), scale_grad_by_freq=(scale_grad_by_freq, False),
         sparse=(sparse, False))

def _row(name, padding_idx, rows):
    """The number of the padding's row, counted from the end if negative."""
    refuse(not -rows <= padding_idx < rows,
           f"{name}: expected a padding_idx within {rows} rows, got {padding_idx}", AssertionError)
    return padding_idx % rows

class Embedding(Module):
    """A table of vectors: whole numbers (…) -> (…, embedding_dim).

    The weight (num_embeddings, embedding_dim) begins normal. The row `padding_idx` begins as zeros
    and receives no gradient. Raises NotImplementedError for max_norm, scale_grad_by_freq, sparse.

    >>> mg.nn.Embedding(10, 3)(mg.tensor([[1, 2], [4, 1]])).shape
    torch.Size([2, 2, 3])
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx=None, max_norm=None,
                 norm_type: float = 2.0, scale_grad_by_freq=False, sparse=False, _weight=None,
                 _freeze=False, device=None, dtype=None):
        super().__init__()
        _refuse("Embedding", max_norm, scale_grad_by_freq, sparse)
        if padding_idx is not None:
            padding_idx = _row("Embedding", padding_idx, num_embeddings)
        shape = self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = padding_idx
        if _weight is not None and _weight.shape != shape:
            raise AssertionError(f"Embedding: expected a weight of shape {shape}, "
                                 f"got {_weight.shape}")
        weight = empty(shape, dtype=dtype) if _weight is None else _weight
        self.weight = Parameter(weight, requires_grad=not _freeze)
        if _weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new first values."""
        normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.value[self.padding_idx] = 0
            changed(self.weight.value)

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, padding_idx=None, **settings):
        """A table with these vectors, which training leaves alone if `freeze`."""
        return cls(*embeddings.shape, padding_idx=padding_idx, _weight=embeddings, _freeze=freeze,
                   **settings)

    def forward(self, input):
        return embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
