"""The activations that no chapter builds, at their corners with PyTorch's choice of slope."""
import math

import numpy as np

from ... import ops
from ...create import full
from ...dtypes import FLOAT64
from ...functions import sigmoid, softmax, tanh
from ...graph import TensorBase, leaf, primitive, raw
from ...inplace import in_place
from ...memory import flat, in_pieces
from ...nn.activation import activation
from ...nn.layer import Layer
from ...nn.module import Module, Parameter
from ...ops import exp, keep, where
from ...public import public, refuse
from ...random import default_generator, drawn, uniform
from ...shape import axes
from ..arrange import split
from ..erf import erf
from ..random import _exponential

ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946    # of selu

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

# Rows of the derivative table. `where` takes the gradient of the branch that was taken.

_elu = primitive(
    lambda x, *, a, b, c: np.where(x > 0, b * x, a * np.expm1(c * np.minimum(x, 0))),
    lambda g, out, x, *, a, b, c: where(
        raw(x) > 0, b * g, g * (a * c * exp(c * ops.clamp(x, low=-math.inf, high=0)))),
    floating=True, name="elu")
_leaky = primitive(lambda x, *, slope: np.where(x > 0, x, slope * x),
                   lambda g, out, x, *, slope: where(raw(x) > 0, g, slope * g),
                   floating=True, name="leaky_relu")
_softplus = primitive(
    lambda x, *, beta, top: np.where(x * beta > top, x, np.logaddexp(0, x * beta) / beta),
    lambda g, out, x, *, beta, top: where(raw(x) * beta > top, g, g * sigmoid(beta * x)),
    floating=True, name="softplus")
_between = primitive(
    lambda x, *, low, high: np.minimum(np.maximum(x, low), high),
    lambda g, out, x, *, low, high: keep(g, (raw(x) > low) & (raw(x) < high)), name="hardtanh")

# The functions; each row shows a sentence and what comes of −2, 0.4 and 7

def _row(does, gives, settings="", inplace=True):
    """Decorator: what help() shows, and PyTorch's last argument `inplace`."""
    def declare(function):
        function.__doc__ = does
        return activation(gives, settings, inplace)(function)
    return declare

@_row("x moved into the range from min_val to max_val; at its ends the slope counts as 0.",
      "[-1.0000,  0.4000,  1.0000]")
def hardtanh(input, min_val: float = -1.0, max_val: float = 1.0):
    refuse(min_val > max_val, f"hardtanh: expected min_val up to max_val, got {min_val} and "
           f"{max_val}", ValueError)
    if input.dtype.kind != "f":
        refuse(min_val != int(min_val) or max_val != int(max_val), "hardtanh: expected whole "
               f"bounds for dtype {input.dtype}, got {min_val} and {max_val}")
        min_val, max_val = int(min_val), int(max_val)
    return _between(input, low=min_val, high=max_val)

@_row("x, but 0 for |x| up to lambd.", "[-2.,  0.,  7.]", inplace=False)
def hardshrink(input, lambd: float = 0.5): return where(np.abs(raw(input)) <= lambd, 0, input)

@_row("x moved towards 0 by lambd, at most to 0.", "[-1.5000,  0.0000,  6.5000]", inplace=False)
def softshrink(input, lambd: float = 0.5):
    refuse(lambd < 0, f"softshrink: expected lambd from 0 up, got {lambd}")
    return where(np.abs(raw(input)) <= lambd, 0, input - ops.sign(input) * lambd)

@_row("x above 0, negative_slope · x below.", "[-0.0200,  0.4000,  7.0000]")
def leaky_relu(input, negative_slope: float = 0.01): return _leaky(input, slope=negative_slope)
@_row('x · Φ(x), Φ the normal distribution; approximate="tanh" as GPT-2 computed it.\n\n'
      "Hendrycks & Gimpel 2016.", "[-0.0455,  0.2622,  7.0000]", inplace=False)
def gelu(input, approximate: str = "none"):
    if approximate == "none":
        return input * (0.5 * (1 + erf(input / math.sqrt(2))))
    refuse(approximate != "tanh",
           f"gelu: expected approximate 'none' or 'tanh', got {approximate!r}")
    return _gelu_tanh(input)

@_row("x above 0, alpha · (exp(x / alpha) − 1) below: an elu without a corner (Barron 2017).",
      "[-0.8647,  0.4000,  7.0000]")
def celu(input, alpha: float = 1.0):
    refuse(alpha == 0, "celu: expected an alpha other than 0, for x is divided by it")
    return _elu(input, a=alpha, b=1, c=1 / alpha)

@_row("x above 0, alpha · (eˣ − 1) below (Clevert et al. 2016).", "[-0.8647,  0.4000,  7.0000]")
def elu(input, alpha: float = 1.0): return _elu(input, a=alpha, b=1, c=1)
@_row("elu scaled so that signals keep mean 0 and variance 1 (Klambauer et al. 2017).",
      "[-1.5202,  0.4203,  7.3549]")
def selu(input): return _elu(input, a=ALPHA * SCALE, b=SCALE, c=1)
@_row("log(1 + exp(beta · x)) / beta, a smooth relu; x where beta · x is above the threshold.",
      "[0.1269, 0.9130, 7.0009]", inplace=False)
def softplus(input, beta: float = 1.0, threshold: float = 20.0):
    return _softplus(input, beta=beta, top=threshold)
@_row("x where it is above the threshold, else `value`.", "[-7., -7.,  7.]", "1.0, -7.0")
def threshold(input, threshold: float, value: float):
    return where(raw(input) <= threshold, value, input)
@_row("relu that stops at 6.", "[0.0000, 0.4000, 6.0000]")
def relu6(input): return hardtanh(input, 0, 6)
@_row("x / 6 + 1/2, cut off at 0 and 1: a sigmoid of straight lines.", "[0.1667, 0.5667, 1.0000]")
def hardsigmoid(input): return relu6(input + 3) / 6
@_row("x · hardsigmoid(x) (Howard et al. 2019).", "[-0.3333,  0.2267,  7.0000]")
def hardswish(input): return input * hardsigmoid(input)
@_row("x · tanh(softplus(x)) (Misra 2019).", "[-0.2525,  0.2890,  7.0000]")
def mish(input): return input * tanh(softplus(input))
@_row("x − tanh x.", "[-1.0360,  0.0201,  6.0000]", inplace=False)
def tanhshrink(input): return input - tanh(input)

# Along an axis

@public("softmax of −x: the smallest gets the most.", "[0., 0.], dim=0", "[0.5000, 0.5000]")
def softmin(input, dim, dtype=None):
    return softmax(-(input if dtype is None else input.to(dtype)), dim)

@public("a · sigmoid(b), a, b the halves of an axis (Dauphin et al. 2017).", "[3., 0.]", "[1.5000]")
def glu(input, dim=-1):
    refuse(input.ndim == 0 or input.shape[axes(input, dim, "glu")] % 2,
           f"glu: expected an even size along dim {dim}, got shape {input.shape}")
    a, b = split(input, input.shape[dim] // 2, dim)
    return a * sigmoid(b)

@public("A random choice with a gradient: softmax((logits + Gumbel noise) / tau); `hard` rounds\n"
        "it to one choice, whose gradient is that of the soft one (Jang, Gu & Poole 2017).",
        "mg.nn.functional.gumbel_softmax(mg.zeros(2, 3), hard=True).sum(1)", "tensor([1., 1.])")
def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    clocks = drawn(_exponential, None, np.empty(logits.shape), logits.dtype, 1.0)
    with np.errstate(divide="ignore"):
        noise = -np.log(clocks)
    soft = softmax((logits + leaf(noise)) / tau, dim)
    if not hard:
        return soft
    axis, one = axes(logits, dim, "gumbel_softmax"), np.zeros_like(raw(soft))
    np.put_along_axis(one, raw(soft).argmax(axis, keepdims=True), 1, axis)
    return leaf(one) - soft.detach() + soft

@public("leaky_relu, in training with a slope by chance for each x up to 0 (Xu et al. 2015).",
        "mg.nn.functional.rrelu(mg.tensor([-1., 2.]), 0.25, 0.25)", "tensor([-0.2500,  2.0000])")
def rrelu(input, lower=1 / 8, upper=1 / 3, training=False, inplace=False):
    refuse(lower > upper, f"rrelu: expected lower up to upper, got {lower} and {upper}")
    x, slope = raw(input), (lower + upper) / 2
    if training:
        slope = np.ones(x.shape, x.dtype)
        places = x <= 0
        parts = uniform(default_generator, np.count_nonzero(places), FLOAT64, lower, upper)
        slope[places] = parts
    op = in_place(_rrelu) if inplace else _rrelu
    return op(input, leaf(np.where(x > 0, 1, slope).astype(x.dtype)))

def _rrelu(input, slope): return input * slope

# The layers

class RReLU(Layer, of=rrelu, keeps="lower upper inplace", example="0.25, 0.25"):
    def forward(self, input):
        return rrelu(input, self.lower, self.upper, self.training, self.inplace)

class ReLU6(Layer, of=relu6): ...
class Hardtanh(Layer, of=hardtanh): ...
class Hardsigmoid(Layer, of=hardsigmoid): ...
class Hardswish(Layer, of=hardswish): ...
class _Shrink(Layer):
    def extra_repr(self): return f"{self.lambd}"
class Hardshrink(_Shrink, of=hardshrink): ...
class Softshrink(_Shrink, of=softshrink): ...
class Threshold(Layer, of=threshold, keeps="threshold value inplace", example="1.0, -7.0"): ...
class LeakyReLU(Layer, of=leaky_relu): ...
class GELU(Layer, of=gelu): ...
class ELU(Layer, of=elu): ...
class CELU(Layer, of=celu): ...
class SELU(Layer, of=selu): ...
class Mish(Layer, of=mish): ...
class Softplus(Layer, of=softplus): ...
class Tanhshrink(Layer, of=tanhshrink): ...
class GLU(Layer, of=glu): ...
class Softmin(Layer, of=softmin, keeps="dim", example="dim=0", dim=None): ...

# With a weight

@public("leaky_relu whose slope is learned: one for all, or one for each channel (axis 1).",
        "[-1., 2.], [0.25]", "[-0.2500,  2.0000]")
def prelu(input, weight):
    channels = input.shape[1] if input.ndim > 1 else 1
    refuse(weight.shape not in ((), (1,), (channels,)),
           f"prelu: expected a weight of shape (1,) or ({channels},), got {weight.shape}")
    weight = weight.reshape((-1, *[1] * (input.ndim - 2)) if input.ndim > 1 else ())
    return where(raw(input) > 0, input, weight * input)

@public("leaky_relu whose slope is learned: one for all (`weight`), or for each channel (axis 1).",
        "mg.nn.PReLU()(mg.tensor([-1., 2.])).detach()", "tensor([-0.2500,  2.0000])")
class PReLU(Module):
    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(full((num_parameters,), float(init), dtype=dtype))

    def forward(self, input): return prelu(input, self.weight)
    def extra_repr(self): return f"num_parameters={self.num_parameters}"
