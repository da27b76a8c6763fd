"""The error function, by W. J. Cody's rational approximations (Math. of Computation 23, 1969)."""
import math

import numpy as np

from ..graph import primitive
from ..ops import exp

# erf near 0 is x · A(x²) / B(x²); erfc = 1 − erf is e^−x² · C(x) / D(x) up to x = 4 and
# e^−x² / x · (1/√π − R(1/x²) / x²) with R = P / Q beyond

A = [1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3]
B = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3]
C = [2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3]
D = [1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3]
P = [1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4]
Q = [1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3]

def _ratio(p, q, x):
    """p(x) / q(x), in place: x is as large as an activation."""
    top, bottom = np.full_like(x, p[0]), np.full_like(x, q[0])
    for a, b in zip(p[1:], q[1:], strict=True):
        top *= x
        top += x.dtype.type(a)
        bottom *= x
        bottom += x.dtype.type(b)
    return np.divide(top, bottom, out=top)

def erfc_far(y):
    """erfc for y ≥ 0.46875."""
    near = np.exp(-y * y) * _ratio(C, D, np.minimum(y, 4))
    if not (y > 4).any():
        return near
    z = 1 / np.square(np.maximum(y, 4))
    far = np.exp(-y * y) * (1 / math.sqrt(math.pi) - z * _ratio(P, Q, z)) * np.sqrt(z)
    return np.where(y > 4, far, near)

def _erf(x):
    near = x * _ratio(A, B, np.minimum(x * x, 0.22))
    away = np.copysign(1 - erfc_far(np.maximum(np.abs(x), 0.46875)), x)
    return np.where(np.isnan(x), x, np.where(np.abs(x) <= 0.46875, near, away)).astype(x.dtype)

erf = primitive(_erf, lambda g, out, x: g * (2 / math.sqrt(math.pi)) * exp(-x * x), floating=True,
                quiet=True)
