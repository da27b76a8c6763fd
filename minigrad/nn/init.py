"""First values of parameters: random, and of a size that keeps signals alive through many layers.

Every function here fills a tensor in place, without recording, and returns it.
"""
import math
import warnings

from ..changes import changed
from ..grad_mode import no_grad
from ..public import public as says
from ..tensor import Tensor


def _fill(tensor: Tensor, values) -> Tensor:
    tensor.value[...] = values
    changed(tensor.value)
    return tensor

@says("Numbers from the uniform distribution on [a, b).",
      "(mg.nn.init.uniform_(mg.empty(1000), -1, 1).abs() <= 1).all()", "tensor(True)")
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator=None) -> Tensor:
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)

@says("Numbers from the normal distribution.",
      "mg.nn.init.normal_(mg.empty(2, 3), std=0.02).shape", "torch.Size([2, 3])")
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator=None) -> Tensor:
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)

@says("The same number everywhere.",
      "mg.nn.init.constant_(mg.empty(2), 0.5)", "tensor([0.5000, 0.5000])")
def constant_(tensor: Tensor, val: float) -> Tensor:
    return _fill(tensor, val)

@says("Zeros.", "mg.nn.init.zeros_(mg.empty(2))", "tensor([0., 0.])")
def zeros_(tensor: Tensor) -> Tensor:
    return _fill(tensor, 0)

@says("Ones.", "mg.nn.init.ones_(mg.empty(2))", "tensor([1., 1.])")
def ones_(tensor: Tensor) -> Tensor:
    return _fill(tensor, 1)


# Of a size that fits the layer

@says("By how much a layer should enlarge its signal because the nonlinearity after it shrinks it.",
      'mg.nn.init.calculate_gain("tanh")', "1.6666666666666667")
def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    gains = {"linear": 1.0, "conv2d": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2),
             "selu": 3 / 4}
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in gains:
        raise ValueError(f"calculate_gain: expected one of {', '.join([*gains, 'leaky_relu'])}, "
                         f"got {nonlinearity!r}")
    return gains[nonlinearity]

def fans(tensor: Tensor) -> tuple[int, int]:
    """How many numbers enter each output of a layer with this weight, how many outputs each enters.

    A weight has shape (out, in, *kernel). Raises ValueError for fewer than two axes.

    >>> mg.nn.init.fans(mg.empty(4, 3, 5, 5))
    (75, 100)
    """
    if tensor.ndim < 2:
        raise ValueError("fan in and fan out: expected a weight of shape (out, in, ...), "
                         f"got {tensor.shape}")
    out, into, *kernel = tensor.shape
    return into * math.prod(kernel), out * math.prod(kernel)

@says("Uniform with standard deviation gain · √(2 / (fan_in + fan_out)) (Glorot & Bengio 2010).",
      "mg.nn.init.xavier_uniform_(mg.empty(3, 5)).abs().max() <= (6 / 8) ** 0.5", "tensor(True)")
def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    bound = math.sqrt(3) * (gain * math.sqrt(2 / sum(fans(tensor))))
    return uniform_(tensor, -bound, bound, generator)

@says("Normal with standard deviation gain · √(2 / (fan_in + fan_out)) (Glorot & Bengio 2010).",
      "mg.nn.init.xavier_normal_(mg.empty(3, 5)).shape", "torch.Size([3, 5])")
def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator=None) -> Tensor:
    return normal_(tensor, 0, gain * math.sqrt(2 / sum(fans(tensor))), generator)

def _he(tensor, a, mode, nonlinearity) -> float:
    """The standard deviation gain / √fan of He et al.; 0 for a weight without elements."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return 0.0
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"kaiming: expected mode 'fan_in' or 'fan_out', got {mode!r}")
    fan = fans(tensor)[mode.lower() == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)

@says("Uniform with standard deviation gain / √fan (He et al. 2015, formulas 10 and 14); `a`: the\n"
      "slope of a leaky ReLU.",
      "mg.nn.init.kaiming_uniform_(mg.empty(3, 6)).abs().max() <= 1", "tensor(True)")
def kaiming_uniform_(tensor: Tensor, a: float = 0, mode: str = "fan_in",
                     nonlinearity: str = "leaky_relu", generator=None) -> Tensor:
    bound = math.sqrt(3) * _he(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)

@says("Normal with standard deviation gain / √fan (He et al. 2015, formulas 10 and 14).",
      'mg.nn.init.kaiming_normal_(mg.empty(3, 6), nonlinearity="relu").shape', "torch.Size([3, 6])")
def kaiming_normal_(tensor: Tensor, a: float = 0, mode: str = "fan_in",
                    nonlinearity: str = "leaky_relu", generator=None) -> Tensor:
    return normal_(tensor, 0, _he(tensor, a, mode, nonlinearity), generator)

def default_(weight: Tensor, bias: Tensor | None) -> None:
    """How Linear and Conv2d begin: uniform on ±1/√fan_in, which is kaiming_uniform_ with a = √5.

    >>> weight = mg.empty(3, 100)
    >>> mg.nn.init.default_(weight, None)
    >>> (weight.abs() <= 0.1).all()
    tensor(True)
    """
    kaiming_uniform_(weight, math.sqrt(5))
    if bias is not None:
        fan = fans(weight)[0]
        bound = 1 / math.sqrt(fan) if fan else 0
        uniform_(bias, -bound, bound)
