"""Layers that mix or reorder features: Linear, Bilinear, Flatten, Unflatten, Identity."""
from ..catalog.arrange import unflatten
from ..create import empty
from ..shape import flatten
from . import functional as F
from .init import default_, uniform_
from .layer import Layer
from .module import Module, Parameter


class Linear(Module):
    """y = x Wᵀ + b: x (..., in_features) -> (..., out_features); W (out_features, in_features), b (out_features,).

    Both begin uniform on ±1/√in_features. Raises RuntimeError if x has another number of features.

    >>> mg.nn.Linear(3, 5)(mg.ones(4, 3)).shape
    (4, 5)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device=None, dtype=None):
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


class Bilinear(Module):
    """x1 · W · x2 + b for each output: W (out_features, in1_features, in2_features).

    >>> mg.nn.Bilinear(2, 3, 4)(mg.ones(5, 2), mg.ones(5, 3)).shape
    (5, 4)
    """

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, device=None,
                 dtype=None):
        super().__init__()
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = Parameter(empty(out_features, in1_features, in2_features, dtype=dtype))
        self.bias = Parameter(empty(out_features, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new first values, uniform on ±1/√in1_features."""
        bound = self.in1_features ** -0.5
        for parameter in self.parameters():
            uniform_(parameter, -bound, bound)

    def forward(self, input1, input2):
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self):
        return (f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
                f"out_features={self.out_features}, bias={self.bias is not None}")


class Flatten(Layer, of=flatten, keeps="start_dim end_dim"):
    """All axes from `start_dim` to `end_dim` in one; by default all but the batch's: (N, C, H, W) -> (N, C·H·W).

    >>> mg.nn.Flatten()(mg.ones(4, 1, 28, 28)).shape
    (4, 784)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__(start_dim, end_dim)


class Unflatten(Module):
    """One axis as several: Flatten backwards.

    >>> mg.nn.Unflatten(1, (1, 28, 28))(mg.ones(4, 784)).shape
    (4, 1, 28, 28)
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...]):
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, input):
        return unflatten(input, self.dim, self.unflattened_size)

    def extra_repr(self):
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Identity(Module):
    """Its input, unchanged: for the place of a layer that is left out.

    >>> mg.nn.Identity()(mg.tensor([1., 2.]))
    tensor([1., 2.])
    """

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input
