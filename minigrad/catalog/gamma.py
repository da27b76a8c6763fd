"""The gamma function's logarithm and its derivatives, for real numbers.

Their sources: NIST's Digital Library of Mathematical Functions, 5.5 (reflection, recurrence),
5.11 (Stirling's series), 5.15 (polygamma) and 25.11 (the sum over 1 / (x + k)ˢ, its tail by Euler
and Maclaurin).
"""
import math

import numpy as np

from ..dtypes import BOOL, FLOAT32
from ..graph import leaf, primitive
from ..ops import sum
from ..promotion import to
from ..public import IN_PLACE, public, refuse, row

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)   # B₂, B₄, …
FAR = 10                                            # from here on, eight terms of a series suffice

def _in_float64(function):
    """Computed in float64, given in the dtype that came."""
    def compute(x, **settings):
        return function(np.asarray(x, np.float64), **settings).astype(x.dtype)
    compute.__name__ = function.__name__
    return compute

def _turn(x):
    """sin πx and cos πx, exact at whole and half numbers."""
    part = x - np.round(x)
    sign = 1 - 2 * (np.round(x) % 2)
    cosine = np.where(np.abs(part) == 0.5, 0, np.cos(math.pi * part))
    return sign * np.sin(math.pi * part), sign * cosine

@_in_float64
def _lgamma(x):
    y = np.where(x < 0.5, 1 - x, x)                 # log |Γ(x)| = log(π / |sin πx|) − log Γ(1 − x)
    steps = np.where(y < FAR, np.prod([y + k for k in range(FAR)], axis=0), 1)
    z = np.where(y < FAR, y + FAR, y)               # Γ(z) = y (y + 1) … (z − 1) Γ(y)
    series = np.sum([b / (2 * k * (2 * k - 1)) / z ** (2 * k - 1)
                     for k, b in enumerate(BERNOULLI, 1)], axis=0)
    out = (z - 0.5) * (np.log(z) - 1) - 0.5 + math.log(2 * math.pi) / 2 + series - np.log(steps)
    out = np.where(x < 0.5, math.log(math.pi) - np.log(np.abs(_turn(x)[0])) - out, out)
    return np.where(np.isinf(x), np.inf, out)

def _digamma(x):
    y = np.where(x < 0, 1 - x, x)                   # ψ(x) = ψ(1 − x) − π / tan πx
    steps = np.sum([1 / (y + k) for k in range(FAR)], axis=0)
    z = y + FAR
    series = np.sum([b / (2 * k) / z ** (2 * k) for k, b in enumerate(BERNOULLI, 1)], axis=0)
    out = np.log(z) - 0.5 / z - series - steps
    sine, cosine = _turn(x)
    out = np.where(x < 0, out - math.pi * cosine / sine, out)
    out = np.where((x < 0) & (sine == 0), np.nan, out)
    return np.where(x == 0, -np.copysign(np.inf, x), out)

def _zeta(s, x):
    """The sum of 1 / (x + k)ˢ over k = 0, 1, …, for a whole s > 1."""
    head, x = np.zeros_like(x), np.array(x)
    while (near := x < FAR).any():
        head = np.where(near, head + 1 / x ** s, head)
        x = np.where(near, x + 1, x)
    tail, factor = x ** (1 - s) / (s - 1) + 0.5 / x ** s, s / x ** (s + 1)
    for k, b in enumerate(BERNOULLI, 1):
        tail = tail + b / math.factorial(2 * k) * factor
        factor = factor * (s + 2 * k - 1) * (s + 2 * k) / (x * x)
    return head + tail

@_in_float64
def _polygamma(x, *, n):
    if n == 0:
        return _digamma(x)
    y = np.where(x < 0.5, 1 - x, x) if n == 1 else x          # ψ′(x) = (π / sin πx)² − ψ′(1 − x)
    out = (-1) ** (n + 1) * math.factorial(n) * _zeta(n + 1, y)
    return np.where(x < 0.5, (math.pi / _turn(x)[0]) ** 2 - out, out) if n == 1 else out

_derivative = primitive(_polygamma, lambda g, out, x, *, n: g * _derivative(x, n=n + 1),
                        name="polygamma", floating=True, quiet=True)
lgamma = row("log |Γ(x)|.", "[0.5, 4.]", "[0.5724, 1.7918]", _lgamma,
             lambda g, out, x: g * _derivative(x, n=0), floating=True, quiet=True, forms=IN_PLACE)

@public("ψ(x), the slope of lgamma.", "[1., 2.]", "[-0.5772,  0.4228]", IN_PLACE)
def digamma(input): return _derivative(input, n=0)

@public("The n-th derivative of digamma, n a whole number.", "1, [1.]", "[1.6449]", "f")
def polygamma(n, input):
    refuse(n < 0, f"polygamma: expected n of 0 or more, got {n}")
    return _derivative(input, n=n)

@public("log of the multivariate gamma function: Σ lgamma(x − i / 2) over i < p, and a constant.",
        "[3.], 2", "[1.5502]", IN_PLACE)
def mvlgamma(input, p):
    refuse(p < 1, f"mvlgamma: expected p of 1 or more, got {p}")
    refuse(input.dtype == BOOL, "mvlgamma: expected numbers, got dtype bool")
    x = input if input.dtype.kind == "f" else to(input, dtype=FLOAT32)
    steps = leaf(np.arange(p, dtype=x.dtype) / -2)
    return sum(lgamma(x[..., None] + steps), axis=-1) + p * (p - 1) / 4 * math.log(math.pi)
