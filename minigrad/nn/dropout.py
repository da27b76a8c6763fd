"""Dropout: numbers set to zero by chance, so that no part of a network relies on another."""
from .. import ops
from ..create import default_generator
from ..graph import leaf
from ..inplace import in_place
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
    if not training or p == 0:
        return input
    dtype = input.dtype if input.dtype.itemsize >= 4 else "float32"
    kept = default_generator.rng.random(shape, dtype) >= p
    mask = leaf((kept / (1 - p if p < 1 else 1)).astype(input.dtype))
    return in_place(ops.mul)(input, mask) if inplace else input * mask


class Dropping(Layer):
    """A layer that drops in training and lets all pass in eval()."""

    _quiet = ()

    def __post_init__(self):
        probability(type(self).__name__, self.p)

    def forward(self, input):
        return self._function(input, self.p, self.training, self.inplace)


class Dropout(Dropping, of=dropout, keeps="p inplace"): ...
