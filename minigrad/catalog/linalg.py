"""Linear algebra by numpy's LAPACK, with gradients.

Their source: M. B. Giles, "Collected matrix derivative results" (2008).
"""
import math
from string import ascii_letters

import numpy as np

from .. import ops
from ..functions import sum
from ..graph import TensorBase, leaf, primitive, raw
from ..promotion import to
from ..printing import returned
from ..public import floating, one_dtype, public, refuse
from ..shape import axes, reshape, squeeze, unsqueeze
from .diagonals import tril, triu
from .places import diagonal as _diagonal
from .products import cross as _cross, einsum
from .reductions import vector_norm as _norm

Slogdet = returned("linalg_slogdet", "sign logabsdet")
InvEx = returned("linalg_inv_ex", "inverse info")
QR, SVD = returned("linalg_qr", "Q R"), returned("linalg_svd", "U S Vh")
Eigh = returned("linalg_eigh", "eigenvalues eigenvectors")
SQUARE = "square matrices of full rank in the last two axes"

def _lapack(function):
    """numpy's function, refusing what LAPACK calls singular in PyTorch's words."""
    def call(*args):
        try:
            return function(*args)
        except np.linalg.LinAlgError as error:
            raise RuntimeError(f"linalg: {error}; it needs {SQUARE}") from error
    return call

def _cholesky_rule(g, out, a):  # L⁻ᵀ Φ(Lᵀ g) L⁻¹, made symmetric; Φ: lower half, half the diagonal
    ones = np.ones(raw(out).shape[-2:], raw(out).dtype)
    half = (np.tril(ones) + np.tril(ones, -1)) / 2
    inner = solve_(out.mT, (out.mT @ g) * half)
    whole = solve_(out.mT, inner.mT).mT
    return (whole + whole.mT) / 2

inv_ = primitive(_lapack(np.linalg.inv), lambda g, out, a: -(out.mT @ g @ out.mT),
                 name="inv", expects=SQUARE)
solve_ = primitive(_lapack(np.linalg.solve), lambda g, out, a, b: -(solve_(a.mT, g) @ out.mT),
                   lambda g, out, a, b: solve_(a.mT, g), name="solve", expects=SQUARE)
det_ = primitive(np.linalg.det, lambda g, out, a: (g * out)[..., None, None] * inv_(a).mT,
                 name="det", expects=SQUARE)
logabsdet = primitive(lambda a: np.linalg.slogdet(a)[1],
                      lambda g, out, a: g[..., None, None] * inv_(a).mT, name="logabsdet")
cholesky_ = primitive(_lapack(np.linalg.cholesky), _cholesky_rule, name="cholesky", expects=SQUARE)

def matrices(name, a, square=True):
    """Floating (square) matrices, or an error."""
    if not isinstance(a, TensorBase) or a.ndim < 2 or (square and a.shape[-1] != a.shape[-2]):
        raise RuntimeError(f"{name}: expected {'square ' if square else ''}matrices in the last "
                           f"two axes, got shape {a.shape}")
    return floating(name, a)

@public("The inverse of each matrix; raises RuntimeError for a singular one.",
        "[[2., 0.], [0., 4.]]", "[[0.5, 0.0], [0.0, 0.25]]")
def inv(A): return inv_(matrices("inv", A))
@public("`(inverse, info)`, info being 0; raises RuntimeError for a singular matrix.",
        "mg.linalg.inv_ex(mg.tensor([[2.]])).info", "tensor(0, dtype=torch.int32)")
def inv_ex(A, *, check_errors=False): return InvEx(inv(A), leaf(np.zeros(A.shape[:-2], np.int32)))

@public("X with A X = B (or X A = B with left=False); B holds vectors or matrices.",
        "[[2., 0.], [0., 4.]], [2., 2.]", "[1.0000, 0.5000]")
def solve(A, B, *, left=True):
    one_dtype("solve", matrices("solve", A), B)
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1])
    if not left:
        refuse(vector, "solve: left=False needs matrices on the right side")
        return solve(A.mT, B.mT).mT
    if vector:
        return reshape((out := solve_(A, unsqueeze(B, -1))), *out.shape[:-1])
    refuse(B.shape[-2] != A.shape[-1], f"solve: shapes {A.shape} and {B.shape} do not fit")
    return solve_(A, B)

@public("Each matrix's determinant; its gradient needs full rank.", "[[2., 0.], [0., 4.]]", "8.")
def det(A): return det_(matrices("det", A))

@public("`(sign, logabsdet)`: the determinant's sign and the logarithm of its size.",
        "mg.linalg.slogdet(mg.tensor([[2., 0.], [0., 4.]])).sign", "tensor(1.)")
def slogdet(A):
    matrices("slogdet", A)
    return Slogdet(leaf(np.asarray(np.linalg.slogdet(raw(A))[0], A.dtype)), logabsdet(A))

@public("The lower triangular L with A = L Lᵀ; raises RuntimeError unless A is positive definite.",
        "[[4., 0.], [0., 9.]]", "[[2.0, 0.0], [0.0, 3.0]]")
def cholesky(A, *, upper=False):
    L = cholesky_(matrices("cholesky", A))
    return L.mT if upper else L

@public("X with A X = B, reading one triangle of A (with unitriangular, its diagonal as 1).",
        "mg.linalg.solve_triangular(mg.tensor([[2., 9.], [0., 4.]]), mg.ones(2, 1), upper=True)[1]",
        "tensor([0.2500])")
def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    matrices("solve_triangular", A)
    A = (triu if upper else tril)(A, (1 if upper else -1) if unitriangular else 0)
    return solve(A + np.eye(A.shape[-1], dtype=A.dtype) if unitriangular else A, B, left=left)

@public("Each matrix times itself, n times over; a negative n inverts.",
        "[[1., 1.], [0., 1.]], 3", "[[1.0, 3.0], [0.0, 1.0]]")
def matrix_power(A, n):
    refuse(A.ndim < 2 or A.shape[-1] != A.shape[-2],
           f"matrix_power: expected square matrices, got shape {A.shape}")
    if n < 0:
        return matrix_power(inv(A), -n)
    if n < 2:
        return A if n else A * 0 + np.eye(A.shape[-1], dtype=A.dtype)
    half = matrix_power(A, n // 2)
    return half @ half @ A if n % 2 else half @ half

@public("The pseudo-inverse of a matrix of full rank, by normal equations.", "[[2.]]", "[[0.5]]")
def pinv(A, *, atol=None, rtol=None, hermitian=False):
    matrices("pinv", A, square=False)
    refuse(atol is not None or rtol is not None or hermitian, "pinv: minigrad takes no tolerances, "
           "and reads the whole matrix (hermitian=False)", NotImplementedError)
    if np.linalg.matrix_rank(raw(A)).min(initial=min(A.shape[-2:])) < min(A.shape[-2:]):
        raise NotImplementedError("pinv: minigrad inverts matrices of full rank only")
    return inv_(A.mT @ A) @ A.mT if A.shape[-2] >= A.shape[-1] else A.mT @ inv_(A @ A.mT)

@public("The product of several matrices (at both ends vectors may stand), in the cheapest order.",
        "[[1., 1.], [[1., 1., 1.], [1., 1., 1.]], [1., 1., 1.]]", "6.")
def multi_dot(tensors):
    ndims = [x.ndim for x in tensors]
    refuse(len(tensors) < 2 or {*ndims[1:-1]} - {2} or {*ndims} - {1, 2},
           f"multi_dot: expected two or more matrices, got shapes {[x.shape for x in tensors]}")
    one_dtype("multi_dot", *tensors)
    letters = ascii_letters[:len(tensors) + 1]
    terms = [a + b for a, b in zip(letters, letters[1:])]
    terms[0], terms[-1] = terms[0][-tensors[0].ndim:], terms[-1][:tensors[-1].ndim]
    for x, y in zip(tensors, tensors[1:]):
        refuse(x.shape[-1] != y.shape[0], f"multi_dot: shapes {x.shape} and {y.shape} do not fit")
    result = letters[0] * (tensors[0].ndim == 2) + letters[-1] * (tensors[-1].ndim == 2)
    return einsum(",".join(terms) + "->" + result, *tensors)

@public("Sums of products along `dim`.", "[1., 2.], [3., 4.]", "11.")
def vecdot(x, y, *, dim=-1): return sum(x * y, dim)
@public("The vector that is perpendicular to two vectors of three numbers along `dim`.",
        "[1., 0., 0.], [0., 1., 0.]", "[0., 0., 1.]")
def cross(input, other, *, dim=-1): return _cross(input, other, dim)
@public("The diagonal of the last two axes.", "[[1, 2], [3, 4]]", "[1, 4]")
def diagonal(A, *, offset=0, dim1=-2, dim2=-1): return _diagonal(A, offset, dim1, dim2)

# Norms

@public("(Σ |x|ᵖ)^(1/p) with p = ord; ±inf: the largest and smallest |x|, 0: how many are not 0.",
        "[3., 4.]", "5.")
def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    x = x if dtype is None or x.dtype == dtype else to(x, dtype=np.dtype(dtype))
    axis, ord = axes(floating("vector_norm", x), dim, "vector_norm"), float(ord)
    every = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    gone = [x.shape[i] for i in every]
    if 0 in gone and (ord < 0 or ord == math.inf):
        raise RuntimeError(f"vector_norm: order {ord} of no elements, shape {x.shape}")
    return _norm(x, p=ord, axis=axis, keepdims=keepdim)

@public("The norm of matrices: \"fro\" (all squares), ±1 (columns' sums of sizes), ±inf (rows').",
        "[[3., 0.], [4., 0.]], 1", "7.")
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    refuse(A.ndim < 2 or len(dim) != 2,
           f"matrix_norm: expected two dims of at least two axes, got {dim} for shape {A.shape}")
    if ord == "fro":
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    refuse(ord not in (1, -1, math.inf, -math.inf), "matrix_norm: minigrad computes ord 'fro', 1, "
           f"-1, inf and -inf, got {ord!r}", NotImplementedError)
    rows, columns = axes(A, tuple(dim), "matrix_norm")
    first, second = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = vector_norm(A, 1, first, True, dtype=dtype)
    out = (ops.amax if ord > 0 else ops.amin)(sums, axis=second, keepdims=True)
    return out if keepdim else squeeze(out, (rows, columns))

@public("A vector's norm, or with two dims (or a matrix and an ord) a matrix's.", "[3., 4.]", "5.")
def norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    dims = dim if isinstance(dim, (tuple, list)) else range(A.ndim) if dim is None else ()
    if ord is not None and len(dims) == 2:
        return matrix_norm(A, ord, tuple(dims), keepdim, dtype=dtype)
    if isinstance(ord, str) or dim is None and ord is not None and A.ndim > 2:
        raise RuntimeError(f"norm: order {ord!r} needs a matrix, got shape {A.shape} and dim {dim}")
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)

# Factorizations: values only

def _values(name, A, *settings, square=False):
    """numpy's factorization of this name, of matrices that have no gradient."""
    refuse(matrices(name, A, square).tracked,
           f"{name}: minigrad has no gradient for it; call .detach() first", NotImplementedError)
    return getattr(np.linalg, name)(raw(A), *settings)

@public("`(Q, R)` with A = Q R, Q's columns perpendicular, R upper triangular; without gradients.",
        "mg.linalg.qr(mg.tensor([[2.]])).R.abs()", "tensor([[2.]])")
def qr(A, mode="reduced"): return QR(*map(leaf, _values("qr", A, mode)))
@public("`(U, S, Vh)` with A = U diag(S) Vh; without gradients.",
        "mg.linalg.svd(mg.tensor([[2.]])).S", "tensor([2.])")
def svd(A, full_matrices=True): return SVD(*map(leaf, _values("svd", A, full_matrices)))
@public("Singular values, largest first; without gradients.", "[[3., 0.], [0., 2.]]", "[3., 2.]")
def svdvals(A): return leaf(_values("svdvals", A))
@public("`(eigenvalues, eigenvectors)` of symmetric matrices, rising; without gradients.",
        "mg.linalg.eigh(mg.tensor([[2., 0.], [0., 3.]])).eigenvalues", "tensor([2., 3.])")
def eigh(A, UPLO="L"): return Eigh(*map(leaf, _values("eigh", A, UPLO, square=True)))
@public("Eigenvalues of symmetric matrices, smallest first; without gradients.", "[[2.]]", "[2.]")
def eigvalsh(A, UPLO="L"): return leaf(_values("eigvalsh", A, UPLO, square=True))
