"""Activations as layers, for Sequential; each has the settings and the help of its function in `functional`."""
from ..create import full
from ..tensor import Tensor
from . import functional as F
from .layer import Layer
from .module import Module, Parameter


class ReLU(Module):
    """max(x, 0).

    >>> mg.nn.ReLU()(mg.tensor([-1., 2.]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return F.relu(input, self.inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class Sigmoid(Layer, of=F.sigmoid): ...
class Tanh(Layer, of=F.tanh): ...
class LogSigmoid(Layer, of=F.logsigmoid): ...

# Corners

class LeakyReLU(Layer, of=F.leaky_relu): ...
class ReLU6(Layer, of=F.relu6): ...
class Hardtanh(Layer, of=F.hardtanh): ...
class Hardsigmoid(Layer, of=F.hardsigmoid): ...
class Hardswish(Layer, of=F.hardswish): ...
class Hardshrink(Layer, of=F.hardshrink): ...
class Softshrink(Layer, of=F.softshrink): ...
class Threshold(Layer, of=F.threshold, keeps="threshold value inplace", example="1.0, -7.0"): ...

# Curves

class ELU(Layer, of=F.elu): ...
class CELU(Layer, of=F.celu): ...
class SELU(Layer, of=F.selu): ...
class GELU(Layer, of=F.gelu): ...
class SiLU(Layer, of=F.silu): ...
class Mish(Layer, of=F.mish): ...
class Softplus(Layer, of=F.softplus): ...
class Softsign(Layer, of=F.softsign): ...
class Tanhshrink(Layer, of=F.tanhshrink): ...

# Along an axis

class GLU(Layer, of=F.glu): ...
class Softmin(Layer, of=F.softmin, keeps="dim", example="dim=0"): ...


class Softmax(Layer, of=F.softmax, keeps="dim", example="dim=0"):
    def __init__(self, dim: int | None = None):
        super().__init__(dim)


class LogSoftmax(Layer, of=F.log_softmax, keeps="dim", example="dim=0"):
    def __init__(self, dim: int | None = None):
        super().__init__(dim)


class PReLU(Module):
    """leaky_relu whose slope is learned: `weight`, one for all or one for each channel (axis 1).

    >>> mg.nn.PReLU()(mg.tensor([-1., 2.])).detach()
    tensor([-0.2500,  2.0000])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(full((num_parameters,), float(init), dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"
