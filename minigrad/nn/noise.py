"""Dropout as layers: in training, numbers are set to zero by chance; in eval() they pass."""
from . import functional as F
from .layer import Layer


class Dropout(Layer, of=F.dropout, keeps="p inplace"):
    """In training, each number is 0 with probability p and the others are divided by 1 − p.

    >>> mg.nn.Dropout(0.2).eval()(mg.tensor([1., 2.]))
    tensor([1., 2.])
    """

    def __post_init__(self):
        if not 0 <= self.p <= 1:
            raise ValueError(f"{type(self).__name__}: expected a probability p from 0 to 1, got {self.p}")

    def forward(self, input):
        return self.function(input, self.p, self.training, self.inplace)

    def extra_repr(self):
        return f"p={self.p}, inplace={self.inplace}"


class Dropout1d(Dropout, of=F.dropout1d, keeps="p inplace"):
    """Dropout of whole channels of signals (N, C, L).

    >>> mg.nn.Dropout1d(0.2).eval()(mg.ones(2, 3, 4)).shape
    (2, 3, 4)
    """


class Dropout2d(Dropout, of=F.dropout2d, keeps="p inplace"):
    """Dropout of whole channels of images (N, C, H, W).

    >>> mg.nn.Dropout2d(0.2).eval()(mg.ones(2, 3, 4, 4)).shape
    (2, 3, 4, 4)
    """
