"""Activations as layers, for Sequential; each has its function in `functional`."""
from ..create import full
from ..tensor import Tensor
from . import functional as F
from .module import Module, Parameter


class _Activation(Module):
    """What they share: a function of `functional`, and the settings that it is called with."""

    function = None

    def __init__(self, **settings):
        super().__init__()
        self._settings = settings
        for name, value in settings.items():
            setattr(self, name, value)

    def forward(self, input):
        return type(self).function(input, **{name: getattr(self, name) for name in self._settings})

    def extra_repr(self):
        return ", ".join(f"{name}={value}" for name in self._settings
                         if (value := getattr(self, name)) is not False or name != "inplace")


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


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ).

    >>> mg.nn.Sigmoid()(mg.tensor([0.]))
    tensor([0.5000])
    """

    def forward(self, input):
        return F.sigmoid(input)


class Tanh(Module):
    """tanh x.

    >>> mg.nn.Tanh()(mg.tensor([0.]))
    tensor([0.])
    """

    def forward(self, input):
        return F.tanh(input)


class Softmax(Module):
    """eˣ / Σ eˣ along `dim`: probabilities. CrossEntropyLoss wants the logits before it.

    >>> mg.nn.Softmax(dim=1)(mg.zeros(1, 4))
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    def __init__(self, dim: int | None = None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return F.softmax(input, self.dim)

    def extra_repr(self):
        return f"dim={self.dim}"


class LeakyReLU(_Activation):
    """x above 0, negative_slope · x below.

    >>> mg.nn.LeakyReLU()(mg.tensor([-1., 2.]))
    tensor([-0.0100,  2.0000])
    """

    function = F.leaky_relu

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False):
        super().__init__(negative_slope=negative_slope, inplace=inplace)


class ReLU6(_Activation):
    """relu that stops at 6.

    >>> mg.nn.ReLU6()(mg.tensor([-1., 9.]))
    tensor([0., 6.])
    """

    function = F.relu6

    def __init__(self, inplace: bool = False):
        super().__init__(inplace=inplace)


class ELU(_Activation):
    """x above 0, alpha · (eˣ − 1) below.

    >>> mg.nn.ELU()(mg.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """

    function = F.elu

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__(alpha=alpha, inplace=inplace)


class CELU(_Activation):
    """x above 0, alpha · (exp(x / alpha) − 1) below.

    >>> mg.nn.CELU()(mg.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """

    function = F.celu

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__(alpha=alpha, inplace=inplace)


class SELU(_Activation):
    """elu scaled so that signals keep mean 0 and variance 1.

    >>> mg.nn.SELU()(mg.tensor([-1., 2.]))
    tensor([-1.1113,  2.1014])
    """

    function = F.selu

    def __init__(self, inplace: bool = False):
        super().__init__(inplace=inplace)


class GELU(_Activation):
    """x · Φ(x), Φ the normal distribution; approximate="tanh" as in GPT-2.

    >>> mg.nn.GELU()(mg.tensor([-1., 2.]))
    tensor([-0.1587,  1.9545])
    """

    function = F.gelu

    def __init__(self, approximate: str = "none"):
        super().__init__(approximate=approximate)


class SiLU(_Activation):
    """x · sigmoid(x).

    >>> mg.nn.SiLU()(mg.tensor([-1., 2.]))
    tensor([-0.2689,  1.7616])
    """

    function = F.silu

    def __init__(self, inplace: bool = False):
        super().__init__(inplace=inplace)


class Mish(_Activation):
    """x · tanh(softplus(x)).

    >>> mg.nn.Mish()(mg.tensor([-1., 2.]))
    tensor([-0.3034,  1.9440])
    """

    function = F.mish

    def __init__(self, inplace: bool = False):
        super().__init__(inplace=inplace)


class Softplus(_Activation):
    """log(1 + exp(beta · x)) / beta, a smooth relu.

    >>> mg.nn.Softplus()(mg.tensor([0., 2.]))
    tensor([0.6931, 2.1269])
    """

    function = F.softplus

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__(beta=beta, threshold=threshold)


class Softsign(_Activation):
    """x / (1 + |x|).

    >>> mg.nn.Softsign()(mg.tensor([-1., 3.]))
    tensor([-0.5000,  0.7500])
    """

    function = F.softsign


class Hardtanh(_Activation):
    """x moved into the range from min_val to max_val.

    >>> mg.nn.Hardtanh()(mg.tensor([-2., 0.5]))
    tensor([-1.0000,  0.5000])
    """

    function = F.hardtanh

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
        super().__init__(min_val=min_val, max_val=max_val, inplace=inplace)


class Hardsigmoid(_Activation):
    """x / 6 + 1/2, cut off at 0 and 1.

    >>> mg.nn.Hardsigmoid()(mg.tensor([-4., 0.]))
    tensor([0.0000, 0.5000])
    """

    function = F.hardsigmoid

    def __init__(self, inplace: bool = False):
        super().__init__(inplace=inplace)


class Hardswish(_Activation):
    """x · hardsigmoid(x).

    >>> mg.nn.Hardswish()(mg.tensor([1., 4.]))
    tensor([0.6667, 4.0000])
    """

    function = F.hardswish

    def __init__(self, inplace: bool = False):
        super().__init__(inplace=inplace)


class Hardshrink(_Activation):
    """x, but 0 for |x| up to lambd.

    >>> mg.nn.Hardshrink()(mg.tensor([0.3, -2.]))
    tensor([ 0., -2.])
    """

    function = F.hardshrink

    def __init__(self, lambd: float = 0.5):
        super().__init__(lambd=lambd)


class Softshrink(_Activation):
    """x moved towards 0 by lambd, and 0 for |x| up to lambd.

    >>> mg.nn.Softshrink()(mg.tensor([0.3, -2.]))
    tensor([ 0.0000, -1.5000])
    """

    function = F.softshrink

    def __init__(self, lambd: float = 0.5):
        super().__init__(lambd=lambd)


class Tanhshrink(_Activation):
    """x − tanh x.

    >>> mg.nn.Tanhshrink()(mg.tensor([0., 2.]))
    tensor([0.0000, 1.0360])
    """

    function = F.tanhshrink


class Threshold(_Activation):
    """x where it is above the threshold, else `value`.

    >>> mg.nn.Threshold(1.0, -7.0)(mg.tensor([0.5, 2.]))
    tensor([-7.,  2.])
    """

    function = F.threshold

    def __init__(self, threshold: float, value: float, inplace: bool = False):
        super().__init__(threshold=threshold, value=value, inplace=inplace)


class LogSigmoid(_Activation):
    """log(1 / (1 + e⁻ˣ)).

    >>> mg.nn.LogSigmoid()(mg.tensor([0.]))
    tensor([-0.6931])
    """

    function = F.logsigmoid


class LogSoftmax(_Activation):
    """log of softmax along `dim`; NLLLoss wants it.

    >>> mg.nn.LogSoftmax(dim=0)(mg.tensor([0., 0.]))
    tensor([-0.6931, -0.6931])
    """

    function = F.log_softmax

    def __init__(self, dim: int | None = None):
        super().__init__(dim=dim)


class Softmin(_Activation):
    """softmax of −x along `dim`.

    >>> mg.nn.Softmin(dim=0)(mg.tensor([0., 0.]))
    tensor([0.5000, 0.5000])
    """

    function = F.softmin

    def __init__(self, dim: int | None = None):
        super().__init__(dim=dim)


class GLU(_Activation):
    """a · sigmoid(b) for the halves a, b of an axis.

    >>> mg.nn.GLU()(mg.tensor([3., 0.]))
    tensor([1.5000])
    """

    function = F.glu

    def __init__(self, dim: int = -1):
        super().__init__(dim=dim)


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
