"""Sequences of different lengths in one tensor, and apart again."""
from ...nn.resize import pad
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
