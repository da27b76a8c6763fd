"""Dropout: numbers set to zero by chance, so that no part of a network relies on another."""
import numpy as np

from .. import ops
from ..dtypes import BOOL, FLOAT32
from ..graph import leaf
from ..inplace import in_place
from ..memory import settle
from ..public import floating
from ..random import chosen, drawn
from ..tensor import Tensor
from .arguments import probability
from .layer import Layer


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each number is 0 with probability p, else divided by 1 − p (Srivastava 2014).

    >>> mg.nn.functional.dropout(mg.ones(100)).unique()
    tensor([0., 2.])
    """
    return dropped("dropout", input, p, training, inplace, input.shape)

def dropped(name, input, p, training, inplace, shape) -> Tensor:
    """The input with zeros by chance, one decision for each place of `shape`."""
    probability(name, p)
    if not training or p == 0 or not input.numel():
        return input
    wide = np.promote_types(floating(name, input).dtype, FLOAT32).type
    mask = kept(input, p, shape) * (wide(1) / wide(1 - p if p < 1 else 1))
    mask = leaf(mask.astype(input.dtype, copy=False))
    return in_place(ops.mul)(input, mask) if inplace else input * mask

def kept(input, p, shape):
    """Which places of `shape` are kept, each with probability 1 − p."""
    if p == 1:
        return np.zeros(shape, BOOL)                     # nothing is left to chance
    layout = np.empty_like(settle(input).value) if shape == input.shape else np.empty(shape)
    return drawn(chosen, None, layout, BOOL, 1 - p)


class Dropping(Layer):
    """A layer that drops in training and lets all pass in eval()."""

    _quiet = ()

    def __post_init__(self):
        probability(type(self).__name__, self.p)

    def forward(self, input):
        return self._function(input, self.p, self.training, self.inplace)


class Dropout(Dropping, of=dropout, keeps="p inplace"): ...
