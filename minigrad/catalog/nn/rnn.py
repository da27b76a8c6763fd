"""Sequences of different lengths in one tensor, and apart again.

Padded, a batch is (T, B, *) with numbers behind the ends; packed, it has the numbers of step 0 of
all sequences, then those of step 1, and so on, the longest sequence first.
"""
from typing import NamedTuple

import numpy as np

from ...create import tensor
from ...graph import TensorBase
from ...nn.resize import pad
from ...public import public, refuse
from ...shape import stack
from .over_time import packed, padded

HOME = "mg.nn.utils.rnn."

@public("Sequences (L, *) side by side, the shorter ones padded: (T, B, *), or (B, T, *).",
        f"{HOME}pad_sequence([mg.tensor([1., 2.]), mg.tensor([3.])], batch_first=True).tolist()",
        "[[1.0, 2.0], [3.0, 0.0]]")
def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    refuse(padding_side not in ("left", "right"), "pad_sequence: expected padding_side 'left' or "
           f"'right', got {padding_side!r}")
    sequences, right = list(sequences), padding_side == "right"
    refuse(not sequences, "pad_sequence: expected at least one sequence")
    longest = max(len(x) for x in sequences)

    def longer(x):
        missing = longest - len(x)
        widths = (0, 0) * (x.ndim - 1) + ((0, missing) if right else (missing, 0))
        return pad(x, widths, value=padding_value)
    return stack([longer(x) for x in sequences], dim=0 if batch_first else 1)

@public("The sequences that `pad_sequence` put together, of these lengths.",
        f"{HOME}unpad_sequence(mg.tensor([[1., 3.], [2., 0.]]), mg.tensor([2, 1]))",
        "[tensor([1., 2.]), tensor([3.])]")
def unpad_sequence(padded_sequences, lengths, batch_first=False):
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:n] for row, n in zip(rows, lengths.tolist())]

class PackedSequence(NamedTuple):
    """The numbers of a packed batch, how many each step has, and which sequence went where.

    >>> packed = mg.nn.utils.rnn.pack_sequence([mg.tensor([1., 2.]), mg.tensor([3.])])
    >>> packed.data, packed.batch_sizes
    (tensor([1., 3., 2.]), tensor([2, 1]))
    """

    data: TensorBase
    batch_sizes: TensorBase
    sorted_indices: TensorBase | None = None
    unsorted_indices: TensorBase | None = None

    def to(self, *args, **kwargs):
        """The data by `Tensor.to`; the rest as it is."""
        return self._replace(data=self.data.to(*args, **kwargs))

@public("A padded batch, packed; `lengths` fall, or `enforce_sorted=False` sorts them.",
        f"{HOME}pack_padded_sequence(mg.tensor([[1., 3.], [2., 0.]]), [2, 1]).data",
        "tensor([1., 3., 2.])")
def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    input = input.transpose(0, 1) if batch_first else input
    lengths = np.asarray(lengths.tolist() if isinstance(lengths, TensorBase) else lengths)
    refuse(lengths.shape != input.shape[1:2], "pack_padded_sequence: expected a length for each of "
           f"{input.shape[1]} sequences, got {lengths.tolist()}")
    refuse(lengths.size and not 0 < lengths.min() <= lengths.max() <= len(input),
           f"pack_padded_sequence: expected lengths from 1 to {len(input)}, the padded one, got "
           f"{lengths.tolist()}")
    order = back = None
    if enforce_sorted:
        refuse((np.diff(lengths) > 0).any(), "pack_padded_sequence: expected lengths that fall, "
               f"got {lengths.tolist()}; sort the batch or pass enforce_sorted=False")
    else:
        places = np.argsort(-lengths, kind="stable")
        order, back = tensor(places), tensor(np.argsort(places))
        input, lengths = input[:, order], lengths[places]
    sizes = tuple(int((lengths > t).sum()) for t in range(lengths.max()))
    return PackedSequence(packed(input[:len(sizes)], sizes), tensor(sizes), order, back)

@public("A packed batch as `(padded, lengths)`: (T, B, *), or (B, T, *), and int64 (B,).",
        f"{HOME}pad_packed_sequence({HOME}pack_sequence([mg.ones(2), mg.ones(1)]))[1]",
        "tensor([2, 1])")
def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    sizes = tuple(sequence.batch_sizes.tolist())
    long = len(sizes) if total_length is None else total_length
    refuse(long < len(sizes), f"pad_packed_sequence: expected a total_length of {len(sizes)} or "
           f"more, the longest, got {long}", ValueError)
    lengths = (np.asarray(sizes)[:, None] > np.arange(sizes[0])).sum(0)          # (B,)
    out = padded(sequence.data, (*sizes, *(0,) * (long - len(sizes))))           # (T, B, *)
    if padding_value:
        ended = np.arange(long)[:, None] >= lengths
        ended = tensor(ended.reshape(ended.shape + (1,) * (out.ndim - 2)))
        out = out.masked_fill(ended, padding_value)
    lengths = tensor(lengths)
    if (back := sequence.unsorted_indices) is not None:
        out, lengths = out[:, back], lengths[back]
    return out.transpose(0, 1) if batch_first else out, lengths

@public("Sequences (L, *), packed: the longest first, or `enforce_sorted=False` sorts them.",
        f"{HOME}pack_sequence([mg.tensor([1., 2.]), mg.tensor([3.])]).batch_sizes",
        "tensor([2, 1])")
def pack_sequence(sequences, enforce_sorted=True):
    sequences = list(sequences)
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)

@public("The sequences of a packed batch, a list.",
        f"{HOME}unpack_sequence({HOME}pack_sequence([mg.tensor([1., 2.]), mg.tensor([3.])]))",
        "[tensor([1., 2.]), tensor([3.])]")
def unpack_sequence(packed_sequences): return unpad_sequence(*pad_packed_sequence(packed_sequences))
