"""Things that are only numbered, as rows."""
import numpy as np

from ..graph import leaf, raw
from ..public import refuse
from ..tensor import Tensor


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
