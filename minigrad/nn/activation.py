"""Activations: what stands between linear layers, each as a function and as a layer for Sequential.

At a corner each takes PyTorch's choice of slope. `inplace` writes into the input's own memory.
"""
import math
from functools import wraps
from inspect import Parameter, signature

import numpy as np

from .. import ops
from ..functions import log_softmax, sigmoid, softmax, tanh
from ..graph import TensorBase, primitive, raw
from ..inplace import in_place
from ..memory import flat, in_pieces
from ..ops import where
from ..erf import erf
from ..tensor import Tensor
from .layer import Layer
from .module import Module

# gelu as GPT-2 computed it, in one node: ½ x (1 + t), t = tanh(x (C + C A x²))

A, C = 0.044715, math.sqrt(2 / math.pi)

def _gelu(x):
    """gelu, and while all of it is in the cache its slope."""
    def piece(x, out, slope):
        square = np.multiply(x, x)
        t = np.multiply(square, C * A)
        t += C
        t *= x
        np.tanh(t, out=t)
        np.add(t, 1, out=out)
        out *= x
        out *= 0.5
        square *= 3 * C * A             # ½ (1 + t) + (1 − t) (C + 3 C A x²) gelu, in fewer passes
        square += C                     # as 1 − (t − 1) ((C + 3 C A x²) gelu − ½)
        square *= out
        square -= 0.5
        t -= 1
        square *= t
        np.subtract(1, square, out=slope)
    out, slope = np.empty_like(x), np.empty_like(x)
    in_pieces(piece, *flat(x, out, slope))
    return out, slope

def _gelu_rule(g, out, x, *, saved=None):
    if not isinstance(g, TensorBase):
        return g * saved
    t = tanh(x * (C + C * A * x * x))
    return g * (0.5 * (1 + t) * (1 + (1 - t) * (C + 3 * C * A * x * x) * x))

_gelu_tanh = primitive(_gelu, _gelu_rule, saves=True, name="gelu", floating=True, quiet=True)


# The other rows of the table

_leaky = primitive(lambda x, *, slope: np.where(x > 0, x, slope * x),
                   lambda g, out, x, *, slope: where(raw(x) > 0, g, slope * g),
                   floating=True, name="leaky_relu")
logsigmoid = primitive(lambda x: np.negative(np.logaddexp(0, -x), order="C"),
                       lambda g, out, x: g * sigmoid(-x), floating=True, quiet=True,
                       name="logsigmoid")
logsigmoid.__doc__ = """log(1 / (1 + e⁻ˣ)), exact where the sigmoid itself would round to 0.

>>> mg.nn.functional.logsigmoid(mg.tensor([0., -1000.]))
tensor([-6.9315e-01, -1.0000e+03])
"""


# The functions

def activation(gives: str, settings: str = "", inplace: bool = False):
    """Complete a function's help with what it gives; `inplace` adds PyTorch's last argument.

    >>> mg.nn.functional.silu.__doc__.splitlines()[2:]
    ['>>> mg.nn.functional.silu(mg.tensor([-2., 0.4, 7.]))', 'tensor([-0.2384,  0.2395,  6.9936])']
    """
    def complete(function):
        call = f"{function.__name__}(mg.tensor([-2., 0.4, 7.]){settings and ', ' + settings})"
        function.__doc__ += f"\n\n>>> mg.nn.functional.{call}\ntensor({gives})\n"
        if not inplace:
            return function
        own = [*signature(function).parameters.values()]

        @wraps(function)
        def either(input, *settings, inplace=False, **named):
            if len(settings) == len(own):
                *settings, inplace = settings
            return (in_place(function) if inplace else function)(input, *settings, **named)
        last = Parameter("inplace", Parameter.POSITIONAL_OR_KEYWORD, default=False, annotation=bool)
        either.__signature__ = signature(function).replace(parameters=[*own, last])
        return either
    return complete

def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """x above 0, else 0.

    >>> mg.nn.functional.relu(mg.tensor([-1., 2.]))
    tensor([0., 2.])
    """
    return in_place(ops.relu)(input) if inplace else ops.relu(input)

@activation("[-0.0200,  0.4000,  7.0000]", inplace=True)
def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """x above 0, negative_slope · x below."""
    return _leaky(input, slope=negative_slope)

@activation("[-0.0455,  0.2622,  7.0000]")
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x · Φ(x), Φ the normal distribution; approximate="tanh" as GPT-2 computed it.

    Hendrycks & Gimpel 2016."""
    if approximate == "none":
        return input * (0.5 * (1 + erf(input / math.sqrt(2))))
    if approximate != "tanh":
        raise RuntimeError(f"gelu: expected approximate 'none' or 'tanh', got {approximate!r}")
    return _gelu_tanh(input)

@activation("[-0.2384,  0.2395,  6.9936]", inplace=True)
def silu(input: Tensor) -> Tensor:
    """x · sigmoid(x), also called swish."""
    return input * sigmoid(input)

@activation("[-0.6667,  0.2857,  0.8750]")
def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return input / (1 + ops.abs(input))


# The layers; each has the settings and the help of its function

class ReLU(Module):
    """max(x, 0).

    >>> mg.nn.ReLU()(mg.tensor([-1., 2.]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return relu(input, self.inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class Sigmoid(Layer, of=sigmoid): ...
class Tanh(Layer, of=tanh): ...
class LogSigmoid(Layer, of=logsigmoid): ...
class LeakyReLU(Layer, of=leaky_relu): ...
class GELU(Layer, of=gelu): ...
class SiLU(Layer, of=silu): ...
class Softsign(Layer, of=softsign): ...


class Softmax(Layer, of=softmax, keeps="dim", example="dim=0", dim=None): ...
class LogSoftmax(Layer, of=log_softmax, keeps="dim", example="dim=0", dim=None): ...
