"""Element by element: the rest of PyTorch's functions of one number, of two, and of more."""
import math
from functools import partial

import numpy as np

from .. import ops
from ..dtypes import BOOL, PYTHONS
from ..functions import (ROUNDED, abs, clamp, div, ge, gt, le, lt, mul, ne, neg, scaled, sign, sub,
                         where)
from ..graph import TensorBase, leaf, primitive, raw
from ..inplace import zeros_like
from ..promotion import to
from ..ops import cos, exp, log, sigmoid, sqrt
from ..printing import returned
from ..public import IN_PLACE, also, floating, one_dtype, public, refuse, row, tensors_only
from .erf import erf as _erf, erfc_far

Frexp = returned("frexp", "mantissa exponent")

real = partial(row, floating=True, quiet=True, forms=IN_PLACE)    # whole numbers become float32
both = partial(row, takes="both")
binary = partial(both, forms=IN_PLACE)

# Angles

def _apart(square): return ops.where(raw(square) == 0, 1, square)       # at the origin no slope: 0

tan = real("The tangent of x, in radians.", "[0., 1.]", "[0.0000, 1.5574]",
           np.tan, lambda g, out, x: g * (1 + out * out))
sinh = real("The hyperbolic sine of x.", "[1.]", "[1.1752]", np.sinh, lambda g, out, x: g * cosh(x))
cosh = real("The hyperbolic cosine of x.", "[0.]", "[1.]", np.cosh, lambda g, out, x: g * sinh(x))
asin = arcsin = real("The angle whose sine is x.", "[0., 1.]", "[0.0000, 1.5708]",
                     np.arcsin, lambda g, out, x: g / sqrt(1 - x * x))
acos = arccos = real("The angle whose cosine is x.", "[0., 1.]", "[1.5708, 0.0000]",
                     np.arccos, lambda g, out, x: -g / sqrt(1 - x * x))
atan = arctan = real("The angle whose tangent is x.", "[0., 1.]", "[0.0000, 0.7854]",
                     np.arctan, lambda g, out, x: g / (1 + x * x))
asinh = arcsinh = real("The number whose hyperbolic sine is x.", "[0., 1.]", "[0.0000, 0.8814]",
                       np.arcsinh, lambda g, out, x: g / sqrt(x * x + 1))
acosh = arccosh = real("The number whose hyperbolic cosine is x.", "[1., 2.]", "[0.0000, 1.3170]",
                       np.arccosh, lambda g, out, x: g / sqrt(x * x - 1))
atanh = arctanh = real("The number whose hyperbolic tangent is x.", "[0., 0.5]", "[0.0000, 0.5493]",
                       np.arctanh, lambda g, out, x: g / (1 - x * x))
atan2 = arctan2 = real("The angle of the point (x, y), given y first.", "[1.], [-1.]", "[2.3562]",
                       np.arctan2, lambda g, out, y, x: g * x / _apart(x * x + y * y),
                       lambda g, out, y, x: -g * y / _apart(x * x + y * y), takes="both")
hypot = binary("√(x² + y²), without overflow.", "[3.], [4.]", "[5.]",
               np.hypot, lambda g, out, x, y: g * x / out, lambda g, out, x, y: g * y / out)

def _sinc_slope(x):                        # (cos πx − sinc x) / x, which tends to 0 at 0
    there = raw(x) != 0
    return ops.where(there, (cos(math.pi * x) - sinc(x)) / ops.where(there, x, 1), 0)

sinc = real("sin(πx) / πx, and 1 at 0.", "[0., 0.5]", "[1.0000, 0.6366]",
            np.sinc, lambda g, out, x: g * _sinc_slope(x))

@public("Degrees as radians.", "[180.]", "[3.1416]", IN_PLACE)
def deg2rad(input): return input * (math.pi / 180)
@public("Radians as degrees.", "[0.5]", "[28.6479]", IN_PLACE)
def rad2deg(input): return input * (180 / math.pi)

# Powers and logarithms

exp2 = real("2 to the power x.", "[3.]", "[8.]", np.exp2, lambda g, out, x: g * out * math.log(2))
expm1 = real("eˣ − 1, exact near 0.", "[1.]", "[1.7183]", np.expm1, lambda g, out, x: g * (out + 1))
log2 = real("The logarithm to base 2.", "[1., 8.]", "[0., 3.]",
            np.log2, lambda g, out, x: g / (x * math.log(2)))
log10 = real("The logarithm to base 10.", "[1., 5.]", "[0.0000, 0.6990]",
             np.log10, lambda g, out, x: g / (x * math.log(10)))
rsqrt = real("1 / √x.", "[4.]", "[0.5000]",
             lambda x: 1 / np.sqrt(x), lambda g, out, x: -0.5 * g * out * out * out)
reciprocal = real("1 / x.", "[4.]", "[0.2500]", lambda x: 1 / x, lambda g, out, x: -g * out * out)
logaddexp = both("log(eˣ + eʸ).", "[0.], [0.]", "[0.6931]", np.logaddexp,
                 lambda g, out, x, y: g * sigmoid(x - y), lambda g, out, x, y: g * sigmoid(y - x))
logaddexp2 = both("log₂(2ˣ + 2ʸ).", "[0.], [0.]", "[1.]", np.logaddexp2,
                  lambda g, out, x, y: g * exp2(x - out), lambda g, out, x, y: g * exp2(y - out))

def _type(x, y): return np.result_type(x, y) if np.result_type(x, y).kind == "f" else None
def _xlogy_left(g, out, x, y):
    return g * ops.where((raw(x) == 0) & (raw(y) <= 0), 0, log(zeros_like(x) + y))

xlogy = real("x · log y, and 0 where x is 0.", "[0., 2.], [0., 1.]", "[0., 0.]",
             lambda x, y: np.where((x == 0) & ~np.isnan(y), 0, x * np.log(y, dtype=_type(x, y))),
             _xlogy_left,
             lambda g, out, x, y: g * x / y, takes="either")

@public("x².", "[2., -3.]", "[4., 9.]", IN_PLACE)
def square(input): return ops.pow(input, 2)

@public("input to a power, in float64.", "[2.], 3", "tensor([8.], dtype=torch.float64)")
def float_power(input, exponent):
    tensors_only("float_power", input if isinstance(input, TensorBase) else exponent)
    return ops.pow(*(to(x, dtype=np.dtype(float)) if isinstance(x, TensorBase) else float(x)
                     for x in (input, exponent)))

@public("input · 2 to the power other.", "[1.5], [3]", "[12.]", IN_PLACE)
def ldexp(input, other): return tensors_only("ldexp", input, other)[0] * ops.pow(2.0, other)

@public("log(x / (1 − x)), the inverse of sigmoid; `eps` moves x into [eps, 1 − eps] first.",
        "[0.5, 0.75]", "[0.0000, 1.0986]", IN_PLACE)
def logit(input, eps=None):
    x = input if input.dtype.kind == "f" else to(input, dtype=PYTHONS[float])
    x = x if eps is None else clamp(x, eps, 1 - eps)
    return ops.log(x / (1 - x))

# The error function

def _erfc(x):
    tail = erfc_far(np.maximum(np.abs(x), 0.46875))
    tail = np.where(x < 0, 2 - tail, tail)
    out = np.where(np.abs(x) <= 0.46875, 1 - _erf.forward(x), tail)
    return np.where(np.isnan(x), x, out).astype(x.dtype)

def _erfinv(y):
    """A first guess (S. Winitzki, 2008), then Newton's steps on erf, or on erfc near the ends."""
    x = np.asarray(y, np.float64)
    log, a = np.log1p(-x * x), 0.147
    b = 2 / (math.pi * a) + log / 2
    out = np.copysign(np.sqrt(np.sqrt(b * b - log / a) - b), x)
    for _ in range(3):
        inside = np.abs(x) < 1
        far = np.sign(x) * ((1 - np.abs(x)) - _erfc(np.abs(out)))
        miss = np.where(np.abs(x) < 0.5, _erf.forward(out) - x, far)
        step = miss * math.sqrt(math.pi) / 2 * np.exp(np.minimum(out * out, 700))
        out = np.where(inside, out - step, out)
    out = np.where(np.abs(x) > 1, np.nan, out)
    return np.where(np.abs(x) == 1, np.copysign(np.inf, x), out).astype(y.dtype)

erf = row("The error function, 2/√π ∫₀ˣ e^−t² dt.", "[1.]", "[0.8427]", _erf, forms=IN_PLACE)
erfc = real("1 − erf(x), exact where erf rounds to 1.", "[0., 1.]", "[1.0000, 0.1573]",
            _erfc, lambda g, out, x: g * (-2 / math.sqrt(math.pi)) * exp(-x * x))
erfinv = real("The number whose erf is x.", "[0., 0.5]", "[0.0000, 0.4769]",
              _erfinv, lambda g, out, x: g * (math.sqrt(math.pi) / 2) * exp(out * out))

# Whole parts and divisions

floor = row("The next whole number below; no gradient flows.", "[1.5, -1.5]", "[ 1., -2.]",
            ops.floor, forms=IN_PLACE)
ceil = row("The next whole number above; no gradient flows.", "[1.5, -1.5]", "[ 2., -1.]",
           np.ceil, lambda g, out, x: zeros_like(g), forms=IN_PLACE)
trunc = fix = row("The whole part, towards 0; no gradient flows.", "[1.5, -1.5]", "[ 1., -1.]",
                  np.trunc, lambda g, out, x: zeros_like(g), forms=IN_PLACE)
_round = primitive(np.round, lambda g, out, x, **s: zeros_like(g))

@public("The nearest number with so many decimals, halves to the even one; no gradient flows.",
        "[0.5, 1.5, 2.6]", "[0., 2., 3.]", IN_PLACE)
def round(input, *, decimals=0):
    refuse(decimals and input.dtype.kind != "f",
           f"round: expected a floating tensor for decimals={decimals}, got dtype {input.dtype}")
    return _round(input, decimals=decimals)

@public("The part after the point: x − trunc(x).", "[1.5, -1.5]", "[ 0.5000, -0.5000]", IN_PLACE)
def frac(input): return floating("frac", input) - trunc(input)

_fmod = primitive(np.fmod, lambda g, out, x, y: g,
                  lambda g, out, x, y: -g * np.trunc(raw(x) / raw(y)))

@public("The rest of input / other, with input's sign, as C's fmod.", "[-5.], 3", "[-2.]", IN_PLACE)
def fmod(input, other):
    tensors_only("fmod", input)
    _fit_to_divide("fmod", input, other)
    return _fmod(input, other)

# The larger, the smaller, the sign

def _not_smaller(x, y): return (raw(x) >= raw(y)) | np.isnan(raw(y))
def _not_larger(x, y): return (raw(x) <= raw(y)) | np.isnan(raw(y))

fmax = both("The larger of x and y; a NaN loses.", "[1., 5.], [3., 2.]", "[3., 5.]",
            np.fmax, lambda g, out, x, y: ops.where(_not_smaller(x, y), g, 0),
            lambda g, out, x, y: ops.where(_not_smaller(x, y), 0, g))
fmin = both("The smaller of x and y; a NaN loses.", "[1., 5.], [3., 2.]", "[1., 2.]",
            np.fmin, lambda g, out, x, y: ops.where(_not_larger(x, y), g, 0),
            lambda g, out, x, y: ops.where(_not_larger(x, y), 0, g))
copysign = real("The size of x with the sign of y.", "[1., 2.], -1", "[-1., -2.]",
                np.copysign, lambda g, out, x, y: g * (np.sign(raw(out)) * np.sign(raw(x))),
                lambda g, out, x, y: zeros_like(g), takes="first")
sgn = also(sign, IN_PLACE)

@public("0 below 0, 1 above, and `values` at 0; no gradient flows.", "[-1., 0.], [5.]", "[0., 5.]")
def heaviside(input, values):
    x = raw(one_dtype("heaviside", *tensors_only("heaviside", input, values)))
    return where(x == 0, values, leaf(np.asarray(x > 0, x.dtype)))

@public("Each element, or `min` where that is larger.", "[-1., 2.], 0", "[0., 2.]", IN_PLACE)
def clamp_min(input, min): return clamp(*tensors_only("clamp_min", input), min=min)
@public("Each element, or `max` where that is smaller.", "[-1., 2.], 0", "[-1.,  0.]", IN_PLACE)
def clamp_max(input, max): return clamp(*tensors_only("clamp_max", input), max=max)

gcd = binary("The greatest common divisor of whole numbers.", "[12], [18]", "[6]", np.gcd)
lcm = binary("The least common multiple of whole numbers.", "[4], [6]", "[12]", np.lcm)
nextafter = binary("The number next to x in the direction of y.", "[1.], [2.]", "[1.0000]",
                   np.nextafter, lambda g, out, x, y: g, lambda g, out, x, y: zeros_like(g))

_mantissa = primitive(lambda x: np.frexp(x)[0], lambda g, out, x:
                      g * np.ldexp(raw(x).dtype.type(1), -np.frexp(raw(x))[1]), name="frexp")

@public("`(mantissa, exponent)` with input = mantissa · 2 to the exponent, |mantissa| in [0.5, 1).",
        "mg.frexp(mg.tensor([8.])).exponent", "tensor([4], dtype=torch.int32)")
def frexp(input):
    exponent = np.frexp(raw(floating("frexp", input)))[1]
    return Frexp(_mantissa(input), leaf(np.asarray(exponent)))

# Questions about numbers

isnan = row("True where x is not a number.", "[1., float('nan')]", "[False,  True]", np.isnan)
isinf = row("True where x is infinite.", "[1., float('inf')]", "[False,  True]", np.isinf)
isfinite = row("True where x is finite.", "[1., float('inf')]", "[ True, False]", np.isfinite)
signbit = row("True where x has a minus sign.", "[1., -1.]", "[False,  True]", np.signbit)
isposinf = row("True where x is +∞.", "[1., float('inf')]", "[False,  True]", lambda x: x == np.inf)
isneginf = row("True where x is −∞.", "[-float('inf')]", "[True]", lambda x: x == -np.inf)
isreal = row("True everywhere: minigrad has no complex numbers.", "[1.]", "[True]", np.isreal)

@public("True where |input − other| ≤ atol + rtol · |other|.", "[1.], [1.000001]", "[True]")
def isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    x, y = map(raw, tensors_only("isclose", input, other))
    one_dtype("isclose", input, other)
    refuse(rtol < 0 or atol < 0,
           f"isclose: expected tolerances of 0 or more, got rtol={rtol} and atol={atol}")
    return leaf(np.asarray(np.isclose(x, y, rtol, atol, equal_nan)))

_nan_to_num = primitive(np.nan_to_num, lambda g, out, x, **s: ops.where(np.isfinite(raw(x)), g, 0))

@public("NaN and infinities replaced by numbers: by default 0 and the largest ones of the dtype.",
        '[float("nan"), 1.], nan=5.', "[5., 1.]", IN_PLACE)
def nan_to_num(input, nan=None, posinf=None, neginf=None):
    if input.dtype.kind != "f":
        return ops.clone(input)
    return _nan_to_num(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)

# Logic and bits

logical_and = binary("True where neither x nor y is 0.", "[0], [1]", "[False]", np.logical_and)
logical_or = binary("True where x or y is not 0.", "[0], [1]", "[True]", np.logical_or)
logical_xor = binary("True where one of x and y is 0.", "[0], [1]", "[True]", np.logical_xor)
logical_not = row("True where x is 0.", "[1, 0]", "[False,  True]", np.logical_not, forms=IN_PLACE)
bits = partial(row, takes="either")
bitwise_not = row("Each bit turned over.", "[0, True]", "[-1, -2]", np.invert, forms=IN_PLACE)
bitwise_and = bits("The bits that x and y share.", "[6], 3", "[2]", np.bitwise_and, forms=IN_PLACE)
bitwise_or = bits("The bits that x or y has.", "[6], 3", "[7]", np.bitwise_or, forms=IN_PLACE)
bitwise_xor = bits("The bits that one has.", "[6], 3", "[5]", np.bitwise_xor, forms=IN_PLACE)
bitwise_left_shift = bits("The bits moved up by y places.", "mg.tensor([3]) << 2", "tensor([12])",
                          np.left_shift)
bitwise_right_shift = bits("The bits moved down by y places.", "mg.tensor([12]) >> 2",
                           "tensor([3])", np.right_shift)

# Arithmetic with a setting, and of more than two

_floor_divide = primitive(np.floor_divide, *[lambda g, out, x, y: zeros_like(g)] * 2, quiet=True)
_remainder = primitive(np.remainder, lambda g, out, x, y: g,
                       lambda g, out, x, y: -g * ops.floor(raw(x) / raw(y)), quiet=True)

def _toward_zero(x, y):
    out = np.floor_divide(x, y)
    if out.dtype.kind == "f":
        return np.trunc(np.divide(x, y))
    return out + ((out < 0) & (out * y != x)).astype(out.dtype)

_trunc_divide = primitive(_toward_zero, *[lambda g, out, x, y: zeros_like(g)] * 2,
                          name="trunc_divide", quiet=True)

def _fit_to_divide(name, input, other):
    """Raise for two numbers, and for a whole one divided by 0, which is no number at all."""
    tensors_only(name, input if isinstance(input, TensorBase) else other)
    kinds = [np.asarray(raw(x)).dtype.kind for x in (input, other)]
    if "f" not in kinds and (np.asarray(raw(other)) == 0).any():
        raise RuntimeError(f"{name}: a whole number was divided by 0")

@public("The whole number at or below input / other.", "[-7, 7], 2", "[-4,  3]", IN_PLACE)
def floor_divide(input, other):
    _fit_to_divide("floor_divide", input, other)
    return _floor_divide(input, other)

def _truncated(input, other):
    _fit_to_divide("div", input, other)
    return _trunc_divide(input, other)

ROUNDED.update(floor=floor_divide, trunc=_truncated)

@public("What is left of input / other; it has the sign of `other`, as Python's %.",
        "[5., -5.], 3", "[2., 1.]", IN_PLACE)
def remainder(input, other):
    _fit_to_divide("remainder", input, other)
    return _remainder(input, other)

@public("The tensor itself.", "[-1.]", "[-1.]")
def positive(input):
    refuse(input.dtype == BOOL, "positive: expected numbers, got dtype bool")
    return input

@public("other − alpha · input.", "[1., 2.], 10", "[9., 8.]")
def rsub(input, other, alpha=1):
    tensors_only("rsub", input)
    if isinstance(other, TensorBase):
        return sub(other, input, alpha=alpha)
    return ops.sub(other, scaled("rsub", other, input, alpha))

@public("From `input` to `end`, as far as the weight says: input + weight · (end − input).",
        "[1.], [3.], 0.25", "[1.5000]", IN_PLACE)
def lerp(input, end, weight):
    return floating("lerp", one_dtype("lerp", input, end, weight)) + weight * (end - input)
@public("input + value · tensor1 · tensor2.", "[1.], [2.], [3.], value=2", "[13.]", IN_PLACE)
def addcmul(input, tensor1, tensor2, *, value=1):
    return input + scaled("addcmul", input, tensor1 * tensor2, value)

@public("input + value · tensor1 / tensor2; raises RuntimeError for whole numbers.",
        "[1.], [6.], [3.], value=2", "[5.]", IN_PLACE)
def addcdiv(input, tensor1, tensor2, *, value=1):
    if "f" not in tensor1.dtype.kind + tensor2.dtype.kind:
        raise RuntimeError("addcdiv: expected floating tensors to divide; call .float() first")
    return input + value * (tensor1 / tensor2)

# Other names

absolute, negative, subtract, multiply = also(abs), also(neg), also(sub), also(mul)
divide = true_divide = also(div)
greater, greater_equal, less, less_equal, not_equal = map(also, (gt, ge, lt, le, ne))
clip = also(clamp, IN_PLACE)
