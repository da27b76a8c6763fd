"""Activations: rows of the derivative table where a corner or an overflow wants care, compositions otherwise.

At a corner each takes PyTorch's choice of slope. `inplace` writes the result into the input's own memory.
"""
import math
from functools import wraps
from inspect import Parameter, signature

import numpy as np

from ... import ops
from ...create import default_generator
from ...functions import sigmoid, softmax, tanh
from ...grad_mode import is_grad_enabled
from ...graph import Node, leaf, primitive, raw
from ...inplace import in_place
from ...memory import flat, in_pieces
from ...ops import exp, keep, where
from ...shape import axes, split
from ...erf import erf
from ...tensor import Tensor

ROOT_2, ROOT_2_OVER_PI = math.sqrt(2), math.sqrt(2 / math.pi)


def activation(gives: str, settings: str = "", inplace: bool = False):
    """Complete a function's help with what it gives for three numbers; `inplace` adds PyTorch's last argument.

    >>> mg.nn.functional.silu.__doc__.splitlines()[2:]
    ['>>> mg.nn.functional.silu(mg.tensor([-2., 0.4, 7.]))', 'tensor([-0.2384,  0.2395,  6.9936])']
    """
    def complete(function):
        call = f"mg.nn.functional.{function.__name__}(mg.tensor([-2., 0.4, 7.]){settings and ', ' + settings})"
        function.__doc__ = f"{function.__doc__}\n\n>>> {call}\ntensor({gives})\n"
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


# Rows of the table. The settings are numbers; `where` takes the gradient of the branch that was taken.

_leaky = primitive(lambda x, *, slope: np.where(x > 0, x, slope * x),
                  lambda g, out, x, *, slope: where(g, slope * g, condition=raw(x) > 0), floating=True,
                  name="leaky_relu")
_elu = primitive(lambda x, *, a, b, c: np.where(x > 0, b * x, a * np.expm1(c * np.minimum(x, 0))),
                 lambda g, out, x, *, a, b, c: where(b * g, g * (a * c * exp(c * _below(x))), condition=raw(x) > 0),
                 floating=True, name="elu")
_softplus = primitive(lambda x, *, beta, top: np.where(x * beta > top, x, np.logaddexp(0, x * beta) / beta),
                      lambda g, out, x, *, beta, top: where(g, g * sigmoid(beta * x), condition=raw(x) * beta > top),
                      floating=True, name="softplus")
_between = primitive(lambda x, *, low, high: np.minimum(np.maximum(x, low), high),
                     lambda g, out, x, *, low, high: keep(g, mask=(raw(x) > low) & (raw(x) < high)), name="hardtanh")
A, C = 0.044715, ROOT_2_OVER_PI            # gelu as GPT-2 computed it: ½ x (1 + t), t = tanh(x (C + C A x²))

def _gelu(x, *, made):
    """gelu, and while all of it is in the cache its slope, if there is room for it (`made`)."""
    def piece(x, out, slope=None):
        square = np.multiply(x, x)
        t = np.multiply(square, C * A)
        t += C
        t *= x
        np.tanh(t, out=t)
        np.add(t, 1, out=out)
        out *= x
        out *= 0.5
        if slope is not None:              # ½ (1 + t) + (1 − t) (C + 3 C A x²) gelu, a sum with fewer passes as
            square *= 3 * C * A            # 1 − (t − 1) ((C + 3 C A x²) gelu − ½)
            square += C
            square *= out
            square -= 0.5
            t -= 1
            square *= t
            np.subtract(1, square, out=slope)
    out = np.empty_like(x)
    in_pieces(piece, *flat(x, out, *made))
    return out

def _gelu_rule(g, out, x, *, made):
    if not isinstance(g, Node):
        return g * made[0]
    t = tanh(x * (C + C * A * x * x))
    return g * (0.5 * (1 + t) * (1 + (1 - t) * (C + 3 * C * A * x * x) * x))

_gelu_tanh = primitive(_gelu, _gelu_rule, name="gelu")
logsigmoid = primitive(lambda x: -np.logaddexp(0, -x),
                       lambda g, out, x: g * sigmoid(-x), floating=True, name="logsigmoid")
logsigmoid.__doc__ = """log(1 / (1 + e⁻ˣ)), exact where the sigmoid itself would round to 0.

>>> mg.nn.functional.logsigmoid(mg.tensor([0., -1000.]))
tensor([-6.9315e-01, -1.0000e+03])
"""

def _below(x):                             # x where it is below 0, else 0: so that no exp overflows
    return ops.clamp(x, low=-math.inf, high=0)


# Corners

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

def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """leaky_relu whose slope is learned: one for all, or one for each channel (axis 1).

    >>> mg.nn.functional.prelu(mg.tensor([-1., 2.]), mg.tensor([0.25]))
    tensor([-0.2500,  2.0000])
    """
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.shape not in ((), (1,), (channels,)):
        raise RuntimeError(f"prelu: expected a weight of shape (1,) or ({channels},), got {weight.shape}")
    weight = weight.reshape(-1, *[1] * (input.ndim - 2)) if input.ndim > 1 else weight.reshape(())
    return where(input, weight * input, condition=raw(input) > 0)

@activation("[-1.0000,  0.4000,  1.0000]", inplace=True)
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """x moved into the range from min_val to max_val; at its ends the slope counts as 0."""
    if min_val > max_val:
        raise ValueError(f"hardtanh: expected min_val up to max_val, got {min_val} and {max_val}")
    if input.dtype.kind != "f":
        if min_val != int(min_val) or max_val != int(max_val):
            raise RuntimeError(f"hardtanh: expected whole bounds for dtype {input.dtype}, got {min_val} and {max_val}")
        min_val, max_val = int(min_val), int(max_val)
    return _between(input, low=min_val, high=max_val)

@activation("[0.0000, 0.4000, 6.0000]", inplace=True)
def relu6(input: Tensor) -> Tensor:
    """relu that stops at 6."""
    return hardtanh(input, 0, 6)

@activation("[0.1667, 0.5667, 1.0000]", inplace=True)
def hardsigmoid(input: Tensor) -> Tensor:
    """x / 6 + 1/2, cut off at 0 and 1: a sigmoid of straight lines."""
    return relu6(input + 3) / 6

@activation("[-0.3333,  0.2267,  7.0000]", inplace=True)
def hardswish(input: Tensor) -> Tensor:
    """x · hardsigmoid(x) (Howard et al. 2019)."""
    return input * hardsigmoid(input)

@activation("[-7., -7.,  7.]", "1.0, -7.0", inplace=True)
def threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    """x where it is above the threshold, else `value`."""
    return where(input, value, condition=raw(input) > threshold)

@activation("[-2.,  0.,  7.]")
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x, but 0 for |x| up to lambd."""
    return where(0, input, condition=np.abs(raw(input)) <= lambd)

@activation("[-1.5000,  0.0000,  6.5000]")
def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by lambd, and 0 for |x| up to lambd."""
    if lambd < 0:
        raise RuntimeError(f"softshrink: expected lambd from 0 up, got {lambd}")
    return where(input - ops.sign(input) * lambd, 0, condition=np.abs(raw(input)) > lambd)


# Curves

@activation("[-0.8647,  0.4000,  7.0000]", inplace=True)
def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x above 0, alpha · (eˣ − 1) below (Clevert et al. 2016)."""
    return _elu(input, a=alpha, b=1, c=1)

@activation("[-0.8647,  0.4000,  7.0000]", inplace=True)
def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x above 0, alpha · (exp(x / alpha) − 1) below: an elu without a corner (Barron 2017)."""
    if alpha == 0:
        raise RuntimeError("celu: expected an alpha other than 0, for x is divided by it")
    return _elu(input, a=alpha, b=1, c=1 / alpha)

@activation("[-1.5202,  0.4203,  7.3549]", inplace=True)
def selu(input: Tensor) -> Tensor:
    """elu scaled so that signals keep mean 0 and variance 1 from layer to layer (Klambauer et al. 2017)."""
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return _elu(input, a=alpha * scale, b=scale, c=1)

@activation("[-0.0455,  0.2622,  7.0000]")
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x · Φ(x), Φ the normal distribution; approximate="tanh" as GPT-2 computed it (Hendrycks & Gimpel 2016)."""
    if approximate == "none":
        return input * (0.5 * (1 + erf(input / ROOT_2)))
    if approximate != "tanh":
        raise RuntimeError(f"gelu: expected approximate 'none' or 'tanh', got {approximate!r}")
    input = input if input.dtype.kind == "f" else input.float()
    recorded = input.requires_grad and is_grad_enabled()
    return _gelu_tanh(input, made=(np.empty_like(raw(input)),) if recorded else ())

@activation("[-0.2384,  0.2395,  6.9936]", inplace=True)
def silu(input: Tensor) -> Tensor:
    """x · sigmoid(x), also called swish."""
    return input * sigmoid(input)

@activation("[-0.2525,  0.2890,  7.0000]", inplace=True)
def mish(input: Tensor) -> Tensor:
    """x · tanh(softplus(x)) (Misra 2019)."""
    return input * tanh(softplus(input))

@activation("[0.1269, 0.9130, 7.0009]")
def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta · x)) / beta, a smooth relu; x itself where beta · x is above the threshold."""
    return _softplus(input, beta=beta, top=threshold)

@activation("[-0.6667,  0.2857,  0.8750]")
def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return input / (1 + ops.abs(input))

@activation("[-1.0360,  0.0201,  6.0000]")
def tanhshrink(input: Tensor) -> Tensor:
    """x − tanh x."""
    return input - tanh(input)


# Along an axis

def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype=None) -> Tensor:
    """softmax of −x: the smallest number gets the largest share.

    >>> mg.nn.functional.softmin(mg.tensor([0., 0.]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return softmax(-(input if dtype is None else input.to(dtype)), dim)

def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a · sigmoid(b) for the halves a, b of an axis (Dauphin et al. 2017).

    >>> mg.nn.functional.glu(mg.tensor([3., 0.]))
    tensor([1.5000])
    """
    if input.ndim == 0 or input.shape[axes(input, dim, "glu")] % 2:
        raise RuntimeError(f"glu: expected an even size along dim {dim}, got shape {input.shape}")
    a, b = split(input, input.shape[dim] // 2, dim)
    return a * sigmoid(b)

def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A random choice with a gradient: softmax((logits + Gumbel noise) / tau); `hard` rounds it to one choice.

    Jang, Gu & Poole 2017. The gradient of `hard` is that of the soft choice.

    >>> mg.nn.functional.gumbel_softmax(mg.zeros(2, 3), hard=True).sum(1)
    tensor([1., 1.])
    """
    noise = default_generator.rng.gumbel(size=logits.shape).astype(logits.dtype)
    soft = softmax((logits + leaf(noise)) / tau, dim)
    if not hard:
        return soft
    axis, one = axes(logits, dim, "gumbel_softmax"), np.zeros_like(raw(soft))
    np.put_along_axis(one, raw(soft).argmax(axis, keepdims=True), 1, axis)
    return leaf(one) - soft.detach() + soft
