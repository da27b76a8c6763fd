"""Activations: what stands between linear layers, each as a function and as a layer for Sequential.

At a corner each takes PyTorch's choice of slope. `inplace` writes into the input's own memory.
"""
from functools import wraps
from inspect import Parameter, signature

import numpy as np

from .. import ops
from ..functions import log_softmax, sigmoid, softmax, tanh
from ..graph import primitive
from ..inplace import in_place
from ..printing import named
from ..tensor import Tensor
from .layer import Layer
from .module import Module

# A row of the table

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
        function = named(function)
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
class SiLU(Layer, of=silu): ...
class Softsign(Layer, of=softsign): ...


class Softmax(Layer, of=softmax, keeps="dim", example="dim=0", dim=None): ...
class LogSoftmax(Layer, of=log_softmax, keeps="dim", example="dim=0", dim=None): ...
