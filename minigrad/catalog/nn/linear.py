"""A layer with two inputs, and Flatten backwards."""
import math

from ...create import empty
from ...nn.init import uniform_
from ...nn.layer import Layer
from ...nn.module import Module, Parameter
from ...public import public
from ..arrange import unflatten

@public("input1 · W · input2 for each output: (…, in1), (…, in2), W (out, in1, in2) -> (…, out).",
        "mg.nn.functional.bilinear(mg.ones(2), mg.ones(1), mg.ones(1, 2, 1))", "tensor([2.])")
def bilinear(input1, input2, weight, bias=None):
    rows = (input1[..., None, None, :] @ weight).squeeze(-2)                # (…, out, in2)
    out = (rows * input2.unsqueeze(-2)).sum(-1)
    return out if bias is None else out + bias

@public("x1 · W · x2 + b for each output: W (out_features, in1_features, in2_features).",
        "mg.nn.Bilinear(2, 3, 4)(mg.ones(5, 2), mg.ones(5, 3)).shape", "torch.Size([5, 4])")
class Bilinear(Module):
    def __init__(self, in1_features, in2_features, out_features, bias=True, device=None,
                 dtype=None):
        super().__init__()
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in1_features, in2_features, dtype=dtype))
        self.bias = Parameter(empty(out_features, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        """Draw new first values, uniform on ±1/√in1_features."""
        bound = 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters():
            uniform_(parameter, -bound, bound)

    def forward(self, input1, input2): return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self):
        return (f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
                f"out_features={self.out_features}, bias={self.bias is not None}")

def _unflatten(input, dim, unflattened_size): return unflatten(input, dim, unflattened_size)

@public("Flatten backwards.", "mg.nn.Unflatten(1, (2, 2))(mg.ones(3, 4)).shape",
        "torch.Size([3, 2, 2])")
class Unflatten(Layer, of=_unflatten, keeps="dim unflattened_size"):
    def __post_init__(self): self.unflattened_size = tuple(self.unflattened_size)
