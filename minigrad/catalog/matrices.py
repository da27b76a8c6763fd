"""Linear algebra under the names that PyTorch has outside of torch.linalg."""
import numpy as np

from . import linalg
from ..graph import leaf, raw
from ..public import also, public, refuse

cholesky, det, inverse, matrix_power, pinverse, slogdet = map(also, (
    linalg.cholesky, linalg.det, linalg.inv, linalg.matrix_power, linalg.pinv, linalg.slogdet))

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
    refuse(p == "nuc", "norm: minigrad has no nuclear norm; its value is "
           "mg.linalg.svdvals(x).sum()", NotImplementedError)
    return linalg.vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)

@public("The p-norm of the difference.", "[0., 0.], [3., 4.]", "5.")
def dist(input, other, p=2): return linalg.vector_norm(input - other, p)
