"""Sequences of different lengths in one tensor, padded or packed, and apart again."""
from collections import namedtuple

import numpy as np

from ...functions import where
from ...graph import leaf, raw
from ...nn.over_time import places
from ...nn.resize import pad
from ...ops import getitem, scatter
from ...public import public, refuse
from ...shape import stack

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

    def padded(x):
        missing = longest - len(x)
        widths = (0, 0) * (x.ndim - 1) + ((0, missing) if right else (missing, 0))
        return pad(x, widths, value=padding_value)
    return stack([padded(x) for x in sequences], dim=0 if batch_first else 1)

@public("The sequences that `pad_sequence` put together, of these lengths.",
        f"{HOME}unpad_sequence(mg.tensor([[1., 3.], [2., 0.]]), mg.tensor([2, 1]))",
        "[tensor([1., 2.]), tensor([3.])]")
def unpad_sequence(padded_sequences, lengths, batch_first=False):
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:n] for row, n in zip(rows, lengths.tolist())]


# Packed: the numbers of step 0 of all sequences, longest first, then those of step 1, and so on

FIELDS = "data batch_sizes sorted_indices unsorted_indices"

class PackedSequence(namedtuple("PackedSequence", FIELDS)):
    """Sequences of different lengths, longest first, step by step; what RNN, LSTM and GRU take.

    `data` (numbers, *) holds them, `batch_sizes` (T,) says how many are still there at each step,
    and the indices lead to that order and back; they are None where it was so from the start.

    >>> packed = mg.nn.utils.rnn.pack_sequence([mg.tensor([1., 2., 3.]), mg.tensor([4., 5.])])
    >>> packed.data, packed.batch_sizes
    (tensor([1., 4., 2., 5., 3.]), tensor([2, 2, 1]))
    """

    __slots__ = ()

    def __new__(cls, data, batch_sizes, sorted_indices=None, unsorted_indices=None):
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs):
        """The same with the data of another dtype; itself where they have it."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._replace(data=data)

    def cpu(self): return self
    def double(self): return self.to(np.dtype(np.float64))
    def float(self): return self.to(np.dtype(np.float32))

    @property
    def is_cuda(self): return False

@public("The order that undoes a given one.",
        f"{HOME}invert_permutation(mg.tensor([2, 0, 1]))", "tensor([1, 2, 0])")
def invert_permutation(permutation):
    return None if permutation is None else leaf(np.argsort(raw(permutation)))

@public("Padded sequences (T, N, *), or (N, T, *), of these lengths as a PackedSequence.",
        f"{HOME}pack_padded_sequence(mg.tensor([[1., 3.], [2., 0.]]), [2, 1]).data",
        "tensor([1., 3., 2.])")
def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    name = "pack_padded_sequence"
    input = input.transpose(0, 1) if batch_first else input
    T, N = input.shape[:2]
    lengths, order = np.asarray(raw(lengths)).astype(np.int64), None
    refuse(lengths.shape != (N,), f"{name}: expected a length for each of the {N} sequences, got "
           f"{lengths.tolist()}")
    refuse(N == 0 or lengths.min() < 1 or lengths.max() > T, f"{name}: expected a batch, and "
           f"lengths from 1 to {T}, got {lengths.tolist()}")
    if not enforce_sorted:
        order = np.argsort(-lengths, kind="stable")
        lengths = lengths[order]
    refuse((np.diff(lengths) > 0).any(), f"{name}: expected the longest sequence first, got the "
           f"lengths {lengths.tolist()}; pass enforce_sorted=False and they are sorted for you")
    sizes = (lengths > np.arange(lengths[0])[:, None]).sum(1)
    steps, members = places(sizes)
    data = getitem(input, index=(steps, members if order is None else order[members]))
    return PackedSequence(data, leaf(sizes), None if order is None else leaf(order))

@public("A PackedSequence as padded sequences, (T, N, *) or (N, T, *), and their lengths.",
        f"{HOME}pad_packed_sequence({HOME}pack_sequence([mg.ones(2), mg.ones(1)]))[1]",
        "tensor([2, 1])")
def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    sizes = raw(sequence.batch_sizes)
    T, N = len(sizes) if total_length is None else total_length, int(sizes[0])
    refuse(T < len(sizes), "pad_packed_sequence: expected a total_length of at least "
           f"{len(sizes)}, the longest sequence's, got {total_length}", ValueError)
    out = scatter(sequence.data, index=places(sizes), shape=(T, N, *sequence.data.shape[1:]))
    lengths = (sizes[:, None] > np.arange(N)).sum(0)
    if padding_value != 0:
        there = (np.arange(T)[:, None] < lengths).reshape(T, N, *[1] * (out.ndim - 2))
        out = where(leaf(there), out, padding_value)
    if sequence.unsorted_indices is not None:
        back = raw(sequence.unsorted_indices)
        out, lengths = getitem(out, index=(slice(None), back)), lengths[back]
    return out.transpose(0, 1) if batch_first else out, leaf(lengths)

@public("Sequences (L, *) as a PackedSequence; longest first unless `enforce_sorted` is False.",
        f"{HOME}pack_sequence([mg.tensor([1., 2.]), mg.tensor([3.])]).data",
        "tensor([1., 3., 2.])")
def pack_sequence(sequences, enforce_sorted=True):
    sequences = list(sequences)
    return pack_padded_sequence(pad_sequence(sequences), [len(x) for x in sequences],
                                enforce_sorted=enforce_sorted)

@public("The sequences of a PackedSequence, as a list.",
        f"{HOME}unpack_sequence({HOME}pack_sequence([mg.tensor([1., 2.]), mg.tensor([3.])]))",
        "[tensor([1., 2.]), tensor([3.])]")
def unpack_sequence(packed_sequences):
    return unpad_sequence(*pad_packed_sequence(packed_sequences))
