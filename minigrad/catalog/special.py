"""The error function's relatives, and PyTorch's module of special functions, `mg.special`."""
import math

import numpy as np

from ..erf import erf as _erf, erfc_far
from ..ops import exp
from ..public import IN_PLACE, publish, row

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

erf = row("The error function, 2/√π ∫₀ˣ e^−t² dt.", "[0., 1.]", "[0.0000, 0.8427]",
          _erf, forms=IN_PLACE)
erfc = row("1 − erf(x), exact where erf rounds to 1.", "[0., 1.]", "[1.0000, 0.1573]",
           _erfc, lambda g, out, x: g * (-2 / math.sqrt(math.pi)) * exp(-x * x), floating=True,
           forms=IN_PLACE)
erfinv = row("The number whose erf is x.", "[0., 0.5]", "[0.0000, 0.4769]",
             _erfinv, lambda g, out, x: g * (math.sqrt(math.pi) / 2) * exp(out * out),
             floating=True, forms=IN_PLACE)

__all__ = publish(globals())

# What the module has in PyTorch besides; these names are published elsewhere

from ..functions import log1p, logsumexp, sigmoid as expit  # noqa: E402, F401
from .elementwise import exp2, expm1, sinc, xlogy  # noqa: E402, F401
