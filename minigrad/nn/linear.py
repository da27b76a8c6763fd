"""Layers that mix or reorder features: Linear, Flatten, Identity."""
from ..create import empty
from . import functional as F
from .init import default_
from .module import Module, Parameter


class Linear(Module):
    """y = x Wᵀ + b: x (..., in_features) -> (..., out_features); W (out_features, in_features), b (out_features,).

    Both begin uniform on ±1/√in_features. Raises RuntimeError if x has another number of features.

    >>> mg.nn.Linear(3, 5)(mg.ones(4, 3)).shape
    (4, 5)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(out_features, in_features, dtype=dtype))
        self.bias = Parameter(empty(out_features, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new first values."""
        default_(self.weight, self.bias)

    def forward(self, input):
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Flatten(Module):
    """All axes from `start_dim` to `end_dim` in one; by default all but the batch's: (N, C, H, W) -> (N, C·H·W).

    >>> mg.nn.Flatten()(mg.ones(4, 1, 28, 28)).shape
    (4, 784)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return F.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Identity(Module):
    """Its input, unchanged: for the place of a layer that is left out.

    >>> mg.nn.Identity()(mg.tensor([1., 2.]))
    tensor([1., 2.])
    """

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input
