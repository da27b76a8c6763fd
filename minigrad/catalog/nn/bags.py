"""Bags of embeddings: the sum, the mean or the largest of the vectors of several numbers."""
import numpy as np

from ... import ops
from ...changes import changed
from ...create import empty
from ...graph import leaf, raw
from ...nn.arguments import refuse as only
from ...nn.init import normal_
from ...nn.module import Module, Parameter
from ...public import public, refuse

BAG = "embedding_bag"

@public("""The rows of weight (V, E) that the whole numbers of each bag name, together: (B, E).

The bags are the rows of `input` (B, L), or of `input` (N,) what stands between `offsets`. Mode
"sum", where `per_sample_weights` count, "mean" or "max"; the row `padding_idx` counts nowhere.""",
        "mg.nn.functional.embedding_bag(mg.tensor([[0, 1]]), mg.tensor([[1., 2.], [3., 4.]]))",
        "tensor([[2., 3.]])")
def embedding_bag(input, weight, offsets=None, max_norm=None, norm_type=2.0,
                  scale_grad_by_freq=False, mode="mean", sparse=False, per_sample_weights=None,
                  include_last_offset=False, padding_idx=None):
    only(BAG, max_norm=(max_norm, None), scale_grad_by_freq=(scale_grad_by_freq, False),
         sparse=(sparse, False))
    refuse(mode not in ("sum", "mean", "max"),
           f"{BAG}: expected mode 'sum', 'mean' or 'max', got {mode!r}", ValueError)
    refuse(per_sample_weights is not None and mode != "sum",
           f"{BAG}: per_sample_weights need mode 'sum', got {mode!r}", NotImplementedError)
    refuse(per_sample_weights is not None and per_sample_weights.shape != input.shape,
           f"{BAG}: expected per_sample_weights of the input's shape", ValueError)
    index, starts, count = _bags(raw(input), offsets, include_last_offset)
    rows, width = weight.shape
    if index.size and not 0 <= index.min() <= index.max() < rows:
        raise RuntimeError(f"{BAG}: expected numbers from 0 to {rows - 1}, got {index.min()} to "
                           f"{index.max()}")
    bag = np.repeat(np.arange(count), np.diff(np.append(starts, len(index))))
    if per_sample_weights is not None:
        per_sample_weights = per_sample_weights.reshape(-1)
    if padding_idx is not None:
        refuse(not -rows <= padding_idx < rows,
               f"{BAG}: expected a padding_idx within {rows} rows, got {padding_idx}")
        counts = index != padding_idx % rows
        index, bag = index[counts], bag[counts]
        if per_sample_weights is not None:
            per_sample_weights = ops.getitem(per_sample_weights, index=(counts,))
    vectors = ops.getitem(weight, index=(index,))
    if mode == "max":
        return _largest(vectors, bag, (count, width))
    if per_sample_weights is not None:
        vectors = vectors * per_sample_weights.unsqueeze(-1)
    sums = ops.scatter(vectors, index=(bag,), shape=(count, width))
    if mode == "sum":
        return sums
    sizes = np.maximum(np.bincount(bag, minlength=count), 1)
    return sums / leaf(sizes[:, None].astype(weight.dtype))

def _bags(index, offsets, include_last_offset):
    """All numbers in one row, where each bag begins, and how many there are."""
    refuse(index.dtype.kind not in "iu", f"{BAG}: expected whole numbers, got {index.dtype}")
    if index.ndim == 2:
        refuse(offsets is not None, f"{BAG}: expected no offsets with an input of 2 axes, each row "
               "is a bag", ValueError)
        starts = np.arange(index.shape[0]) * index.shape[1]
        return index.reshape(-1), starts, len(starts)
    refuse(index.ndim != 1 or offsets is None or offsets.ndim != 1, f"{BAG}: expected an input of "
           f"2 axes, or one of 1 axis with offsets (B,); got shape {index.shape}", ValueError)
    starts = raw(offsets)
    if len(starts) and (starts[0] != 0 or starts[-1] > len(index) or (np.diff(starts) < 0).any()):
        raise RuntimeError(f"{BAG}: expected offsets that rise from 0 to at most {len(index)}, got "
                           f"{starts}")
    if include_last_offset:
        refuse(not len(starts) or starts[-1] != len(index), f"{BAG}: expected the last offset to "
               f"be {len(index)}, the number of inputs")
        starts = starts[:-1]
    return index, starts, len(starts)

def _largest(vectors, bag, shape):
    """The maximum of each bag, whose first place gets the gradient; of an empty bag 0."""
    if not len(bag):
        return ops.scatter(vectors, index=(bag,), shape=shape)
    filled, first = np.unique(bag, return_index=True)
    values, place = raw(vectors), np.arange(len(bag))[:, None]
    top = np.repeat(np.maximum.reduceat(values, first), np.diff([*first, len(bag)]), axis=0)
    at = np.minimum.reduceat(np.where((values == top) | np.isnan(values), place, len(bag)), first)
    largest = ops.getitem(vectors, index=(at, np.arange(shape[1])))
    return ops.scatter(largest, index=(filled,), shape=shape)

@public("A table of vectors, of which each bag of numbers gets the mean, the sum or the maximum.",
        "mg.nn.EmbeddingBag(10, 3)(mg.tensor([[1, 2, 4], [4, 3, 9]])).ndim", "2")
class EmbeddingBag(Module):
    def __init__(self, num_embeddings, embedding_dim, max_norm=None, norm_type=2.0,
                 scale_grad_by_freq=False, mode="mean", sparse=False, _weight=None,
                 include_last_offset=False, padding_idx=None, device=None, dtype=None):
        super().__init__()
        only("EmbeddingBag", max_norm=(max_norm, None), sparse=(sparse, False),
             scale_grad_by_freq=(scale_grad_by_freq, False))
        shape = self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.mode, self.include_last_offset = mode, include_last_offset
        refuse(padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings,
               f"EmbeddingBag: expected a padding_idx within {num_embeddings} rows, got "
               f"{padding_idx}", AssertionError)
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        refuse(_weight is not None and _weight.shape != shape, "EmbeddingBag: expected a weight of "
               f"shape {shape}", AssertionError)
        self.weight = Parameter(empty(shape, dtype=dtype) if _weight is None else _weight)
        if _weight is None:
            self.reset_parameters()

    def reset_parameters(self):
        """Draw new first values."""
        normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.value[self.padding_idx] = 0
            changed(self.weight.value)

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, max_norm=None, norm_type=2.0,
                        scale_grad_by_freq=False, mode="mean", sparse=False,
                        include_last_offset=False, padding_idx=None):
        """A table with these vectors, which training leaves alone if `freeze`."""
        bag = cls(*embeddings.shape, max_norm, norm_type, scale_grad_by_freq, mode, sparse,
                  embeddings, include_last_offset, padding_idx)
        bag.weight.requires_grad = not freeze
        return bag

    def forward(self, input, offsets=None, per_sample_weights=None):
        return embedding_bag(input, self.weight, offsets, mode=self.mode,
                             per_sample_weights=per_sample_weights, padding_idx=self.padding_idx,
                             include_last_offset=self.include_last_offset)

    def extra_repr(self):
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}, mode={self.mode!r}{padding}"
