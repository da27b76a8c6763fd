"""Dropout as layers: in training, numbers are set to zero by chance; in eval() they pass."""
from . import functional as F
from .module import Module


class Dropout(Module):
    """In training, each number is 0 with probability p and the others are divided by 1 − p.

    >>> mg.nn.Dropout(0.2).eval()(mg.tensor([1., 2.]))
    tensor([1., 2.])
    """

    function = F.dropout

    def __init__(self, p: float = 0.5, inplace: bool = False):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: expected a probability p from 0 to 1, got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input):
        return type(self).function(input, self.p, self.training, self.inplace)

    def extra_repr(self):
        return f"p={self.p}, inplace={self.inplace}"


class Dropout1d(Dropout):
    """Dropout of whole channels of signals (N, C, L).

    >>> mg.nn.Dropout1d(0.2).eval()(mg.ones(2, 3, 4)).shape
    (2, 3, 4)
    """

    function = F.dropout1d


class Dropout2d(Dropout):
    """Dropout of whole channels of images (N, C, H, W).

    >>> mg.nn.Dropout2d(0.2).eval()(mg.ones(2, 3, 4, 4)).shape
    (2, 3, 4, 4)
    """

    function = F.dropout2d
