"""The norm without a mean."""
import numpy as np

from ...ops import mean, sqrt
from ...public import public as says
from .standardize import OfLastAxes, last_axes, scaled


@says("x / √(mean of x² + eps) over the last axes: layer_norm without the mean. eps: None is the\n"
      "smallest step of the dtype at 1. Zhang & Sennrich 2019.",
      "mg.nn.functional.rms_norm(mg.tensor([3., 4.]), (2,))", "tensor([0.8485, 1.1314])")
def rms_norm(input, normalized_shape, weight=None, eps: float | None = None):
    shape, axis = last_axes("rms_norm", input, normalized_shape)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    input = input.contiguous()
    square = mean(input * input, axis=axis, keepdims=True)
    return scaled(input / sqrt(square + eps), weight, None, shape)


@says("x / √(mean of x²) over the last axes, then scaled.",
      "mg.nn.RMSNorm(2)(mg.tensor([[3., 4.]])).detach()", "tensor([[0.8485, 1.1314]])")
class RMSNorm(OfLastAxes):
    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float | None = None,
                 elementwise_affine: bool = True, device=None, dtype=None):
        super().__init__(normalized_shape, eps, elementwise_affine, False, device, dtype)

    def extra_repr(self): return super().extra_repr().rpartition(",")[0]

    def forward(self, input):
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)
