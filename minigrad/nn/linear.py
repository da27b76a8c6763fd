"""Layers that mix or reorder features: Linear, Flatten, Identity."""
from .. import ops
from ..create import empty
from ..graph import raw
from ..public import public as says
from ..shape import flatten
from ..tensor import Tensor
from .init import default_
from .layer import Layer
from .module import Module, Parameter


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input · weightᵀ + bias: input (..., in), weight (out, in), bias (out,) -> (..., out).

    >>> mg.nn.functional.linear(mg.tensor([1., 2.]), mg.tensor([[3., 4.]]), mg.tensor([0.5]))
    tensor([11.5000])
    """
    if input.ndim == 0 or raw(input).shape[-1] != raw(weight).shape[-1]:
        raise RuntimeError(f"linear: expected an input of shape (..., {weight.shape[-1]}) for the "
                           f"weight {weight.shape}, got {input.shape}; its last axis holds the "
                           "features")
    if weight.ndim == 1:                   # one output, without an axis of its own
        out = input @ weight
        return out if bias is None else out + bias
    return ops.linear(input, weight) if bias is None else ops.linear(input, weight, bias)


class Linear(Module):
    """y = x Wᵀ + b: x (..., in_features) -> (..., out_features).

    W (out_features, in_features) and b (out_features,) begin uniform on ±1/√in_features. Raises
    RuntimeError if x has another number of features.

    >>> mg.nn.Linear(3, 5)(mg.ones(4, 3)).shape
    torch.Size([4, 5])
    """

    def __init__(self, in_features: int, out_features: int, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(empty(out_features, in_features, dtype=dtype))
        self.bias = Parameter(empty(out_features, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new first values."""
        default_(self.weight, self.bias)

    def forward(self, input):
        return linear(input, self.weight, self.bias)

    def extra_repr(self):
        return (f"in_features={self.in_features}, out_features={self.out_features}, "
                f"bias={self.bias is not None}")


@says("All axes from `start_dim` to `end_dim` in one; by default (N, C, H, W) -> (N, C·H·W).",
      "mg.nn.Flatten()(mg.ones(4, 1, 28, 28)).shape", "torch.Size([4, 784])")
class Flatten(Layer, of=flatten, keeps="start_dim end_dim", start_dim=1): ...


@says("Its input, unchanged: for the place of a layer that is left out.",
      "mg.nn.Identity()(mg.tensor([1., 2.]))", "tensor([1., 2.])")
class Identity(Module):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input
