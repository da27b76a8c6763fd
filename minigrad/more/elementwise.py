"""Element by element: PyTorch's names for the rest of the table, and the forms that take more than tensors."""
import math

import numpy as np

from .. import ops
from ..dtypes import BOOL, FLOAT32
from ..functions import BROADCASTS, clamp, document, ge, gt, le, lt, ne, of_two, says, where
from ..graph import TensorBase, leaf, raw, to
from ..ops import (acos, acosh, asin, asinh, atan, atanh, bitwise_not, ceil, cosh, exp2, expm1, floor, isfinite, isinf,
                  isnan, log2, log10, logical_not, reciprocal, rsqrt, sgn, signbit, sinc, sinh, tan, trunc)
from ..special import erf, erfc, erfinv
from .checks import floating, one_dtype, tensors_only

copysign, logical_and, logical_or, logical_xor = (
    of_two(ops.copysign), *(of_two(op, "both") for op in (ops.logical_and, ops.logical_or, ops.logical_xor)))
atan2, hypot, fmax, fmin, logaddexp, logaddexp2 = (
    of_two(op, "both") for op in (ops.atan2, ops.hypot, ops.fmax, ops.fmin, ops.logaddexp, ops.logaddexp2))
xlogy, bitwise_and, bitwise_or, bitwise_xor, bitwise_left_shift, bitwise_right_shift = (of_two(op, "either") for op in (
    ops.xlogy, ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor, ops.bitwise_left_shift, ops.bitwise_right_shift))

document((
    (tan, "The tangent of x, in radians.", "mg.tan(mg.tensor([0., 1.]))", "tensor([0.0000, 1.5574])"),
    (sinh, "The hyperbolic sine of x.", "mg.sinh(mg.tensor([0., 1.]))", "tensor([0.0000, 1.1752])"),
    (cosh, "The hyperbolic cosine of x.", "mg.cosh(mg.tensor([0., 1.]))", "tensor([1.0000, 1.5431])"),
    (asin, "The angle whose sine is x.", "mg.asin(mg.tensor([0., 1.]))", "tensor([0.0000, 1.5708])"),
    (acos, "The angle whose cosine is x.", "mg.acos(mg.tensor([0., 1.]))", "tensor([1.5708, 0.0000])"),
    (atan, "The angle whose tangent is x.", "mg.atan(mg.tensor([0., 1.]))", "tensor([0.0000, 0.7854])"),
    (atan2, "The angle of the point (x, y), given y first.", "mg.atan2(mg.tensor([1.]), mg.tensor([-1.]))",
     "tensor([2.3562])"),
    (asinh, "The number whose hyperbolic sine is x.", "mg.asinh(mg.tensor([0., 1.]))", "tensor([0.0000, 0.8814])"),
    (acosh, "The number whose hyperbolic cosine is x.", "mg.acosh(mg.tensor([1., 2.]))", "tensor([0.0000, 1.3170])"),
    (atanh, "The number whose hyperbolic tangent is x.", "mg.atanh(mg.tensor([0., 0.5]))", "tensor([0.0000, 0.5493])"),
    (exp2, "2 to the power x.", "mg.exp2(mg.tensor([0., 3.]))", "tensor([1., 8.])"),
    (expm1, "eˣ − 1, exact for small x.", "mg.expm1(mg.tensor([0., 1.]))", "tensor([0.0000, 1.7183])"),
    (log2, "The logarithm to base 2.", "mg.log2(mg.tensor([1., 8.]))", "tensor([0., 3.])"),
    (log10, "The logarithm to base 10.", "mg.log10(mg.tensor([1., 5.]))", "tensor([0.0000, 0.6990])"),
    (rsqrt, "1 / √x.", "mg.rsqrt(mg.tensor([4.]))", "tensor([0.5000])"),
    (reciprocal, "1 / x.", "mg.reciprocal(mg.tensor([4.]))", "tensor([0.2500])"),
    (sinc, "sin(πx) / πx, and 1 at 0.", "mg.sinc(mg.tensor([0., 0.5]))", "tensor([1.0000, 0.6366])"),
    (erf, "The error function, 2/√π ∫₀ˣ e^−t² dt.", "mg.erf(mg.tensor([0., 1.]))", "tensor([0.0000, 0.8427])"),
    (erfc, "1 − erf(x), exact where erf rounds to 1.", "mg.erfc(mg.tensor([0., 1.]))", "tensor([1.0000, 0.1573])"),
    (erfinv, "The number whose erf is x.", "mg.erfinv(mg.tensor([0., 0.5]))", "tensor([0.0000, 0.4769])"),
    (floor, "The next whole number below; no gradient flows.", "mg.floor(mg.tensor([1.5, -1.5]))",
     "tensor([ 1., -2.])"),
    (ceil, "The next whole number above; no gradient flows.", "mg.ceil(mg.tensor([1.5, -1.5]))", "tensor([ 2., -1.])"),
    (trunc, "The whole part, towards 0; no gradient flows.", "mg.trunc(mg.tensor([1.5, -1.5]))", "tensor([ 1., -1.])"),
    (sgn, "−1, 0 or 1, as sign.", "mg.sgn(mg.tensor([3., -2.]))", "tensor([ 1., -1.])"),
    (hypot, "√(x² + y²), without overflow.", "mg.hypot(mg.tensor([3.]), mg.tensor([4.]))", "tensor([5.])"),
    (fmax, "The larger of x and y; a NaN loses.", "mg.fmax(mg.tensor([1., 5.]), mg.tensor([3., 2.]))",
     "tensor([3., 5.])"),
    (fmin, "The smaller of x and y; a NaN loses.", "mg.fmin(mg.tensor([1., 5.]), mg.tensor([3., 2.]))",
     "tensor([1., 2.])"),
    (logaddexp, "log(eˣ + eʸ).", "mg.logaddexp(mg.tensor([0.]), mg.tensor([0.]))", "tensor([0.6931])"),
    (logaddexp2, "log₂(2ˣ + 2ʸ).", "mg.logaddexp2(mg.tensor([0.]), mg.tensor([0.]))", "tensor([1.])"),
    (xlogy, "x · log y, and 0 where x is 0.", "mg.xlogy(mg.tensor([0., 2.]), mg.tensor([0., 1.]))", "tensor([0., 0.])"),
    (copysign, "The size of x with the sign of y.", "mg.copysign(mg.tensor([1., 2.]), -1)", "tensor([-1., -2.])"),
    (isnan, "True where x is not a number.", "mg.isnan(mg.tensor([1., float('nan')]))", "tensor([False,  True])"),
    (isinf, "True where x is infinite.", "mg.isinf(mg.tensor([1., float('inf')]))", "tensor([False,  True])"),
    (isfinite, "True where x is neither infinite nor NaN.", "mg.isfinite(mg.tensor([1., float('inf')]))",
     "tensor([ True, False])"),
    (signbit, "True where x has a minus sign.", "mg.signbit(mg.tensor([1., -1.]))", "tensor([False,  True])"),
    (logical_and, "True where x and y are both not 0.", "mg.logical_and(mg.tensor([1, 0]), mg.tensor([1, 1]))",
     "tensor([ True, False])"),
    (logical_or, "True where x or y is not 0.", "mg.logical_or(mg.tensor([1, 0]), mg.tensor([0, 0]))",
     "tensor([ True, False])"),
    (logical_xor, "True where one of x and y is 0.", "mg.logical_xor(mg.tensor([1, 0]), mg.tensor([1, 1]))",
     "tensor([False,  True])"),
    (logical_not, "True where x is 0.", "mg.logical_not(mg.tensor([1, 0]))", "tensor([False,  True])"),
    (bitwise_and, "The bits that x and y share.", "mg.bitwise_and(mg.tensor([6]), 3)", "tensor([2])"),
    (bitwise_or, "The bits that x or y has.", "mg.bitwise_or(mg.tensor([6]), 3)", "tensor([7])"),
    (bitwise_xor, "The bits that one of x and y has.", "mg.bitwise_xor(mg.tensor([6]), 3)", "tensor([5])"),
    (bitwise_not, "Each bit turned over.", "mg.bitwise_not(mg.tensor([0, True]))", "tensor([-1, -2])"),
    (bitwise_left_shift, "The bits moved up by y places.", "mg.bitwise_left_shift(mg.tensor([3]), 2)", "tensor([12])"),
    (bitwise_right_shift, "The bits moved down by y places.", "mg.bitwise_right_shift(mg.tensor([12]), 2)",
     "tensor([3])"),
), BROADCASTS)

arcsin, arccos, arctan, arcsinh, arccosh, arctanh, arctan2 = asin, acos, atan, asinh, acosh, atanh, atan2
greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne


# Arithmetic with a setting

@says("input + alpha · other.", "mg.add(mg.tensor([1., 2.]), 1, alpha=10)", "tensor([11., 12.])")
def add(input, other, *, alpha=1):
    return ops.add(input, other if alpha.__class__ is int and alpha == 1 else scaled("add", input, other, alpha))

@says("input − alpha · other; raises RuntimeError for two bools, whose difference is `^`.",
      "mg.sub(mg.tensor([1., 2.]), 1)", "tensor([0., 1.])")
def sub(input, other, *, alpha=1):
    if BOOL in (getattr(input, "dtype", None), getattr(other, "dtype", None)) or isinstance(other, bool):
        raise RuntimeError("sub: expected numbers, got dtype bool; for bools use ^ or logical_not")
    return ops.sub(input, other if alpha.__class__ is int and alpha == 1 else scaled("sub", input, other, alpha))

@says("other − alpha · input.", "mg.rsub(mg.tensor([1., 2.]), 10)", "tensor([9., 8.])")
def rsub(input, other, *, alpha=1):
    tensors_only("rsub", input)
    if isinstance(other, TensorBase):
        return sub(other, input, alpha=alpha)
    return ops.sub(other, input if alpha.__class__ is int and alpha == 1 else scaled("rsub", other, input, alpha))

def scaled(name, input, other, alpha):
    if isinstance(alpha, float) and not any(isinstance(x, float) or getattr(x, "dtype", BOOL).kind == "f"
                                            for x in (input, other)):
        raise RuntimeError(f"{name}: expected a whole alpha for whole numbers, got {alpha}")
    if isinstance(alpha, bool) and not any(getattr(x, "dtype", None) == BOOL for x in (input, other)):
        raise RuntimeError(f"{name}: a bool alpha fits bool tensors only")
    return other * alpha

@says("input · other.", "mg.mul(mg.tensor([1., 2.]), 3)", "tensor([3., 6.])")
def mul(input, other): return ops.mul(input, other)

@says('input / other in floating numbers; `rounding_mode` "floor" or "trunc" rounds, and keeps whole numbers whole.',
      'mg.div(mg.tensor([1, 2]), 2), mg.div(mg.tensor([-7, 7]), 2, rounding_mode="floor")',
      "(tensor([0.5000, 1.0000]), tensor([-4,  3]))")
def div(input, other, *, rounding_mode=None):
    if rounding_mode is None:
        return ops.div(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(f"div: expected rounding_mode None, 'floor' or 'trunc', got {rounding_mode!r}")
    _no_zero("div", input, other)
    return (ops.floor_divide if rounding_mode == "floor" else ops.trunc_divide)(input, other)

def _divided(op, tensors="input"):
    """The public form of a division that gives whole numbers."""
    divide = of_two(op, tensors)
    def function(input, other):
        _no_zero(op.__name__, input, other)
        return divide(input, other)
    function.__name__ = function.__qualname__ = op.__name__
    return function

def _no_zero(name, input, other):
    if not any(np.asarray(raw(x)).dtype.kind == "f" for x in (input, other)) and (np.asarray(raw(other)) == 0).any():
        raise RuntimeError(f"{name}: a whole number was divided by 0")

floor_divide, remainder = _divided(ops.floor_divide, "either"), _divided(ops.remainder, "either")
fmod = _divided(ops.fmod)
document((
    (floor_divide, "The whole number at or below input / other.",
     "mg.floor_divide(mg.tensor([-7, 7]), 2)", "tensor([-4,  3])"),
    (remainder, "What is left of input / other; it has the sign of `other`, as Python's %.",
     "mg.remainder(mg.tensor([5., -5.]), 3)", "tensor([2., 1.])"),
    (fmod, "What is left of input / other; it has the sign of `input`, as C's fmod.",
     "mg.fmod(mg.tensor([5., -5.]), 3)", "tensor([ 2., -2.])"),
))

@says("The nearest number with so many decimals, halves to the even one; no gradient flows.",
      "mg.round(mg.tensor([0.5, 1.5, 2.6]))", "tensor([0., 2., 3.])")
def round(input, *, decimals=0):
    if decimals and input.dtype.kind != "f":
        raise RuntimeError(f"round: expected a floating tensor for decimals={decimals}, got dtype {input.dtype}")
    return ops.round(input, decimals=decimals)

@says("The part after the point: x − trunc(x).", "mg.frac(mg.tensor([1.5, -1.5]))", "tensor([ 0.5000, -0.5000])")
def frac(input): return floating("frac", input) - ops.trunc(input)

@says("x².", "mg.square(mg.tensor([2., -3.]))", "tensor([4., 9.])")
def square(input): return ops.pow(input, 2)

@says("input to a power, in float64.", "mg.float_power(mg.tensor([2.]), 3)", "tensor([8.], dtype=minigrad.float64)")
def float_power(input, exponent):
    if not isinstance(input, TensorBase):
        tensors_only("float_power", exponent)
    as_double = [to(x, dtype=np.dtype(float)) if isinstance(x, TensorBase) else float(x) for x in (input, exponent)]
    return ops.pow(*as_double)

@says("input · 2 to the power other.", "mg.ldexp(mg.tensor([1.5]), mg.tensor([3]))", "tensor([12.])")
def ldexp(input, other): return tensors_only("ldexp", input, other)[0] * ops.pow(2.0, other)

@says("From `input` to `end`, as far as the weight says: input + weight · (end − input).",
      "mg.lerp(mg.tensor([1.]), mg.tensor([3.]), 0.25)", "tensor([1.5000])")
def lerp(input, end, weight):
    return floating("lerp", one_dtype("lerp", input, end, weight)) + weight * (end - input)

@says("input + value · tensor1 · tensor2.",
      "mg.addcmul(mg.tensor([1.]), mg.tensor([2.]), mg.tensor([3.]), value=2)", "tensor([13.])")
def addcmul(input, tensor1, tensor2, *, value=1): return input + scaled("addcmul", input, tensor1 * tensor2, value)

@says("input + value · tensor1 / tensor2; raises RuntimeError for whole numbers.",
      "mg.addcdiv(mg.tensor([1.]), mg.tensor([6.]), mg.tensor([3.]), value=2)", "tensor([5.])")
def addcdiv(input, tensor1, tensor2, *, value=1):
    if "f" not in tensor1.dtype.kind + tensor2.dtype.kind:
        raise RuntimeError("addcdiv: expected floating tensors to divide; call .float() first")
    return input + value * (tensor1 / tensor2)

@says("log(x / (1 − x)), the inverse of sigmoid; `eps` moves x into [eps, 1 − eps] first.",
      "mg.logit(mg.tensor([0.5, 0.75]))", "tensor([0.0000, 1.0986])")
def logit(input, eps=None):
    x = input if input.dtype.kind == "f" else to(input, dtype=FLOAT32)
    x = x if eps is None else clamp(x, eps, 1 - eps)
    return ops.log(x / (1 - x))

@says("NaN and infinities replaced by numbers: by default 0 and the largest ones of the dtype.",
      'mg.nan_to_num(mg.tensor([float("nan"), 1.]), nan=5.)', "tensor([5., 1.])")
def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    if input.dtype.kind != "f":
        return ops.clone(input)
    return ops.nan_to_num(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)

@says("Degrees as radians.", "mg.deg2rad(mg.tensor([180.]))", "tensor([3.1416])")
def deg2rad(input): return input * (math.pi / 180)

@says("Radians as degrees.", "mg.rad2deg(mg.tensor([0.5]))", "tensor([28.6479])")
def rad2deg(input): return input * (180 / math.pi)

@says("0 below 0, 1 above, and `values` at 0; no gradient flows.",
      "mg.heaviside(mg.tensor([-1., 0., 2.]), mg.tensor([0.5]))", "tensor([0.0000, 0.5000, 1.0000])")
def heaviside(input, values):
    x = raw(one_dtype("heaviside", *tensors_only("heaviside", input, values)))
    return where(x == 0, values, leaf(np.asarray(x > 0, x.dtype)))

@says("True where x is +∞.", 'mg.isposinf(mg.tensor([1., float("inf")]))', "tensor([False,  True])")
def isposinf(input): return leaf(np.asarray(raw(input) == np.inf))

@says("True where x is −∞.", 'mg.isneginf(mg.tensor([1., -float("inf")]))', "tensor([False,  True])")
def isneginf(input): return leaf(np.asarray(raw(input) == -np.inf))

@says("True everywhere: minigrad has no complex numbers.", "mg.isreal(mg.tensor([1.]))", "tensor([True])")
def isreal(input): return leaf(np.ones(input.shape, BOOL))

@says("True where |input − other| ≤ atol + rtol · |other|.",
      "mg.isclose(mg.tensor([1., 2.]), mg.tensor([1.000001, 3.]))", "tensor([ True, False])")
def isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False):
    x, y = map(raw, tensors_only("isclose", input, other))
    one_dtype("isclose", input, other)
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose: expected tolerances of 0 or more, got rtol={rtol} and atol={atol}")
    return leaf(np.asarray(np.isclose(x, y, rtol, atol, equal_nan)))

@says("Each element, or `min` where that is larger.", "mg.clamp_min(mg.tensor([-1., 2.]), 0)", "tensor([0., 2.])")
def clamp_min(input, min): return clamp(*tensors_only("clamp_min", input), min=min)

@says("Each element, or `max` where that is smaller.", "mg.clamp_max(mg.tensor([-1., 2.]), 0)", "tensor([-1.,  0.])")
def clamp_max(input, max): return clamp(*tensors_only("clamp_max", input), max=max)

@says("The tensor itself.", "mg.positive(mg.tensor([-1.]))", "tensor([-1.])")
def positive(input):
    if input.dtype == BOOL:
        raise RuntimeError("positive: expected numbers, got dtype bool")
    return input

absolute, negative, multiply, subtract, true_divide, divide = ops.abs, ops.neg, mul, sub, div, div
fix, clip = trunc, clamp
