"""Linear algebra under the names that PyTorch has outside of torch.linalg."""

import numpy as np

from . import linalg
from ..functions import matmul
from ..graph import leaf, raw
from ..printing import returned
from ..public import also, public, refuse

SVD = returned("svd", "U S V")

det, inverse, matrix_exp, matrix_power, slogdet = map(also, (
    linalg.det, linalg.inv, linalg.matrix_exp, linalg.matrix_power, linalg.slogdet))

@public("The triangle L of L Lᵀ = input, or with `upper` the U of Uᵀ U.", "[[4.]]", "[[2.0]]")
def cholesky(input, upper=False): return linalg.cholesky(input, upper=upper)

@public("As linalg.pinv, with a tolerance of its own.", "[[2.]]", "[[0.5]]")
def pinverse(input, rcond=1e-15): return linalg.pinv(input, rcond)

@public("`(U, S, V)` with input = U diag(S) Vᵀ; `some`: as many columns as singular values.",
        "mg.svd(mg.tensor([[2.]])).S", "tensor([2.])")
def svd(input, some=True, compute_uv=True):
    if not compute_uv:
        (m, n), lead = input.shape[-2:], input.shape[:-2]
        none = [leaf(np.zeros((*lead, k, k), input.dtype)) for k in (m, n)]
        return SVD(none[0], linalg.svdvals(input), none[1])
    U, S, Vh = linalg.svd(input, full_matrices=not some)
    return SVD(U, S, Vh.mT)

@public("`(Q, R)` with input = Q R; not `some`: Q is square.",
        "mg.qr(mg.tensor([[2.]])).R.abs()", "tensor([[2.]])")
def qr(input, some=True): return linalg.qr(input, "reduced" if some else "complete")

@public("The inverse of L Lᵀ (or Uᵀ U), given that triangle.", "[[2.]]", "[[0.25]]")
def cholesky_inverse(L, upper=False):
    value = raw(linalg.matrices("cholesky_inverse", L))
    other = (np.triu if upper else np.tril)(value) - value   # not read, but with a slope
    inverse = linalg.inv_(L + leaf(other))
    return matmul(inverse, inverse.mT) if upper else matmul(inverse.mT, inverse)

@public("The logarithm of the determinant (NaN if negative).", "[[2., 0.], [0., 4.]]", "2.0794")
def logdet(A):
    sign, size = slogdet(A)
    return size + leaf(np.where(raw(sign) < 0, np.nan, 0).astype(A.dtype))

@public("X with (L Lᵀ) X = B, given the Cholesky factor L.", "[[8.]], [[2.]]", "[[2.0]]")
def cholesky_solve(B, L, upper=False):
    L = linalg.matrices("cholesky_solve", L.mT if upper else L)
    refuse((np.triu(raw(L), 1) != 0).any(), "cholesky_solve: minigrad needs zeros outside the "
           "triangle; use tril or triu first", NotImplementedError)
    B = linalg.matrices("cholesky_solve", B, square=False)
    return linalg.solve_(L.mT, linalg.solve_(L, B))

@public('The p-norm of all elements or along `dim`; "fro" is 2.', "[3., 4.]", "5.")
def norm(input, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    refuse(out is not None, "norm: expected out= and dtype= by name", TypeError)
    if p == "nuc":
        dim = (-2, -1) if dim is None else dim
        return linalg.matrix_norm(input, p, dim, keepdim, dtype=dtype)
    return linalg.vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)

@public("The p-norm of the difference.", "[0., 0.], [3., 4.]", "5.")
def dist(input, other, p=2): return linalg.vector_norm(input - other, p)
