"""Linear algebra by numpy's LAPACK, with gradients (M. B. Giles, "Collected matrix derivative results", 2008)."""
import math
from collections import namedtuple
from string import ascii_letters

import numpy as np

from . import ops
from .functions import says, sum
from .graph import TensorBase, leaf, primitive, raw, to
from .more.checks import floating, one_dtype
from .more.diagonals import diagonal as _diagonal, tril, triu
from .more.products import cross as _cross, einsum
from .more.reductions import vector_norm as _norm
from .shape import axes, reshape, unsqueeze

Slogdet = namedtuple("slogdet", "sign logabsdet")
InvEx = namedtuple("inv_ex", "inverse info")
QR, SVD, Eigh = namedtuple("qr", "Q R"), namedtuple("svd", "U S Vh"), namedtuple("eigh", "eigenvalues eigenvectors")
SQUARE = "square matrices of full rank in the last two axes"

def _lapack(function):
    """numpy's function, refusing what LAPACK calls singular in PyTorch's words."""
    def call(*args):
        try:
            return function(*args)
        except np.linalg.LinAlgError as error:
            raise RuntimeError(f"linalg: {error}; it needs {SQUARE}") from error
    return call

def _solve_left(g, out, a, b):
    return -(solve_(a.mT, g) @ out.mT)

def _det_rule(g, out, a):                  # det(A) · A⁻ᵀ
    return (g * out)[..., None, None] * inv_(a).mT

def _cholesky_rule(g, out, a):             # L⁻ᵀ Φ(Lᵀ g) L⁻¹, made symmetric; Φ: lower triangle, half the diagonal
    n = raw(out).shape[-1]
    half = np.tril(np.ones((n, n), raw(out).dtype), -1) + np.eye(n, dtype=raw(out).dtype) / 2
    inner = solve_(out.mT, (out.mT @ g) * half)
    whole = solve_(out.mT, inner.mT).mT
    return (whole + whole.mT) / 2

inv_  = primitive(_lapack(np.linalg.inv), lambda g, out, a: -(out.mT @ g @ out.mT), name="inv", expects=SQUARE)
solve_ = primitive(_lapack(np.linalg.solve), _solve_left, lambda g, out, a, b: solve_(a.mT, g), name="solve",
                   expects=SQUARE)
det_  = primitive(np.linalg.det, _det_rule, name="det", expects=SQUARE)
logabsdet = primitive(lambda a: np.linalg.slogdet(a)[1], lambda g, out, a: g[..., None, None] * inv_(a).mT,
                      name="logabsdet")
cholesky_ = primitive(_lapack(np.linalg.cholesky), _cholesky_rule, name="cholesky", expects=SQUARE)

def _matrices(name, a, square=True):
    if not isinstance(a, TensorBase) or a.ndim < 2 or (square and a.shape[-1] != a.shape[-2]):
        raise RuntimeError(f"{name}: expected {'square ' if square else ''}matrices in the last two axes, got shape "
                           f"{a.shape}")
    return floating(name, a)

@says("The inverse of each matrix; raises RuntimeError for a singular one.",
      "mg.linalg.inv(mg.tensor([[2., 0.], [0., 4.]])).tolist()", "[[0.5, 0.0], [0.0, 0.25]]")
def inv(A): return inv_(_matrices("inv", A))

@says("`(inverse, info)`, info being 0; raises RuntimeError for a singular matrix.",
      "mg.linalg.inv_ex(mg.tensor([[2.]])).info", "tensor(0, dtype=minigrad.int32)")
def inv_ex(A, *, check_errors=False): return InvEx(inv(A), leaf(np.zeros(A.shape[:-2], np.int32)))

@says("X with A X = B (or X A = B with left=False); B holds vectors or matrices.",
      "mg.linalg.solve(mg.tensor([[2., 0.], [0., 4.]]), mg.tensor([2., 2.]))", "tensor([1.0000, 0.5000])")
def solve(A, B, *, left=True):
    one_dtype("solve", _matrices("solve", A), B)
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1])
    if not left:
        if vector:
            raise RuntimeError("solve: left=False needs matrices on the right side")
        return solve(A.mT, B.mT).mT
    if vector:
        return reshape((out := solve_(A, unsqueeze(B, -1))), *out.shape[:-1])
    if B.shape[-2] != A.shape[-1]:
        raise RuntimeError(f"solve: shapes {A.shape} and {B.shape} do not fit")
    return solve_(A, B)

@says("The determinant of each matrix; its gradient needs full rank.",
      "mg.linalg.det(mg.tensor([[2., 0.], [0., 4.]]))", "tensor(8.)")
def det(A): return det_(_matrices("det", A))

@says("`(sign, logabsdet)`: the determinant's sign and the logarithm of its size.",
      "mg.linalg.slogdet(mg.tensor([[2., 0.], [0., 4.]])).sign", "tensor(1.)")
def slogdet(A):
    _matrices("slogdet", A)
    return Slogdet(leaf(np.asarray(np.linalg.slogdet(raw(A))[0], A.dtype)), logabsdet(A))

@says("The logarithm of the determinant; NaN where that is negative.",
      "mg.logdet(mg.tensor([[2., 0.], [0., 4.]]))", "tensor(2.0794)")
def logdet(A):
    sign, size = slogdet(A)
    return size + leaf(np.where(raw(sign) < 0, np.nan, 0).astype(A.dtype))

@says("The lower triangular L with A = L Lᵀ; raises RuntimeError unless A is positive definite.",
      "mg.linalg.cholesky(mg.tensor([[4., 0.], [0., 9.]])).tolist()", "[[2.0, 0.0], [0.0, 3.0]]")
def cholesky(A, *, upper=False):
    L = cholesky_(_matrices("cholesky", A))
    return L.mT if upper else L

@says("X with (L Lᵀ) X = B, given the Cholesky factor L.",
      "mg.cholesky_solve(mg.tensor([[8.]]), mg.tensor([[2.]]))", "tensor([[2.]])")
def cholesky_solve(B, L, upper=False):
    L = _matrices("cholesky_solve", L.mT if upper else L)
    if (np.triu(raw(L), 1) != 0).any():
        raise NotImplementedError("cholesky_solve: minigrad needs zeros outside the triangle; use tril or triu first")
    return solve_(L.mT, solve_(L, _matrices("cholesky_solve", B, square=False)))

@says("X with A X = B, only one triangle of A being read (and its diagonal as 1 with unitriangular).",
      "mg.linalg.solve_triangular(mg.tensor([[2., 9.], [0., 4.]]), mg.tensor([[2.], [4.]]), upper=True).flatten()",
      "tensor([-3.5000,  1.0000])")
def solve_triangular(A, B, *, upper, left=True, unitriangular=False):
    _matrices("solve_triangular", A)
    A = (triu if upper else tril)(A, (1 if upper else -1) if unitriangular else 0)
    return solve(A + np.eye(A.shape[-1], dtype=A.dtype) if unitriangular else A, B, left=left)

@says("Each matrix times itself, n times over; a negative n inverts.",
      "mg.linalg.matrix_power(mg.tensor([[1., 1.], [0., 1.]]), 3).tolist()", "[[1.0, 3.0], [0.0, 1.0]]")
def matrix_power(A, n):
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise RuntimeError(f"matrix_power: expected square matrices, got shape {A.shape}")
    if n < 0:
        return matrix_power(inv(A), -n)
    if n == 0:
        return A * 0 + np.eye(A.shape[-1], dtype=A.dtype)
    half = A if n == 1 else matrix_power(A, n // 2)
    return half if n == 1 else half @ half @ A if n % 2 else half @ half

@says("The pseudo-inverse of a matrix of full rank, by the normal equations' inverse.",
      "mg.linalg.pinv(mg.tensor([[2.], [0.]]))", "tensor([[0.5000, 0.0000]])")
def pinv(A, *, atol=None, rtol=None, hermitian=False):
    _matrices("pinv", A, square=False)
    if atol is not None or rtol is not None or hermitian:
        raise NotImplementedError("pinv: minigrad takes no tolerances, and reads the whole matrix (hermitian=False)")
    if np.linalg.matrix_rank(raw(A)).min(initial=min(A.shape[-2:])) < min(A.shape[-2:]):
        raise NotImplementedError("pinv: minigrad inverts matrices of full rank only")
    return inv_(A.mT @ A) @ A.mT if A.shape[-2] >= A.shape[-1] else A.mT @ inv_(A @ A.mT)

@says("The product of several matrices (the first and the last may be vectors), in the cheapest order.",
      "mg.linalg.multi_dot([mg.ones(2), mg.ones(2, 3), mg.ones(3)])", "tensor(6.)")
def multi_dot(tensors):
    if len(tensors) < 2 or any(x.ndim != 2 for x in tensors[1:-1]) or any(x.ndim not in (1, 2) for x in tensors):
        raise RuntimeError(f"multi_dot: expected two or more matrices, got shapes {[x.shape for x in tensors]}")
    one_dtype("multi_dot", *tensors)
    letters = ascii_letters[:len(tensors) + 1]
    terms = [a + b for a, b in zip(letters, letters[1:])]
    terms[0], terms[-1] = terms[0][-tensors[0].ndim:], terms[-1][:tensors[-1].ndim]
    for x, y in zip(tensors, tensors[1:]):
        if x.shape[-1] != y.shape[0]:
            raise RuntimeError(f"multi_dot: shapes {x.shape} and {y.shape} do not fit")
    result = letters[0] * (tensors[0].ndim == 2) + letters[-1] * (tensors[-1].ndim == 2)
    return einsum(",".join(terms) + "->" + result, *tensors)

@says("Sums of products along `dim`.", "mg.linalg.vecdot(mg.tensor([1., 2.]), mg.tensor([3., 4.]))", "tensor(11.)")
def vecdot(x, y, *, dim=-1): return sum(x * y, dim)

@says("The vector that is perpendicular to two vectors of three numbers along `dim`.",
      "mg.linalg.cross(mg.tensor([1., 0., 0.]), mg.tensor([0., 1., 0.]))", "tensor([0., 0., 1.])")
def cross(input, other, *, dim=-1): return _cross(input, other, dim)

@says("The diagonal of the last two axes.", "mg.linalg.diagonal(mg.tensor([[1, 2], [3, 4]]))", "tensor([1, 4])")
def diagonal(A, *, offset=0, dim1=-2, dim2=-1): return _diagonal(A, offset, dim1, dim2)


# Norms

@says("(Σ |x|ᵖ)^(1/p) with p = ord; ±inf give the largest and the smallest |x|, 0 counts what is not 0.",
      "mg.linalg.vector_norm(mg.tensor([3., 4.]))", "tensor(5.)")
def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    x = floating("vector_norm", x) if dtype is None else x if x.dtype == dtype else to(x, dtype=np.dtype(dtype))
    axis, ord = axes(x, dim, "vector_norm"), float(ord)
    gone = [x.shape[i] for i in (range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis)]
    if 0 in gone and (ord < 0 or ord == math.inf):
        raise RuntimeError(f"vector_norm: order {ord} of no elements, shape {x.shape}")
    return _norm(x, p=ord, axis=axis, keepdims=keepdim)

@says("The norm of matrices: \"fro\" (all squares), ±1 (columns' sums of sizes), ±inf (rows').",
      "mg.linalg.matrix_norm(mg.tensor([[3., 0.], [4., 0.]]), 1)", "tensor(7.)")
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    if A.ndim < 2 or len(dim) != 2:
        raise RuntimeError(f"matrix_norm: expected two dims of at least two axes, got {dim} for shape {A.shape}")
    if ord == "fro":
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if ord not in (1, -1, math.inf, -math.inf):
        raise NotImplementedError(f"matrix_norm: minigrad computes ord 'fro', 1, -1, inf and -inf, got {ord!r}")
    rows, columns = axes(A, tuple(dim), "matrix_norm")
    first, second = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = vector_norm(A, 1, first, True, dtype=dtype)
    out = (ops.amax if ord > 0 else ops.amin)(sums, axis=second, keepdims=True)
    return out if keepdim else reshape(out, *(n for i, n in enumerate(out.shape) if i not in (rows, columns)))

@says("A vector's norm, or with two dims (or a matrix and an ord) a matrix's.",
      "mg.linalg.norm(mg.tensor([3., 4.]))", "tensor(5.)")
def norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    if ord is not None and (A.ndim == 2 if dim is None else isinstance(dim, (tuple, list)) and len(dim) == 2):
        return matrix_norm(A, ord, (-2, -1) if dim is None else tuple(dim), keepdim, dtype=dtype)
    if isinstance(ord, str) or dim is None and ord is not None and A.ndim > 2:
        raise RuntimeError(f"norm: order {ord!r} needs a matrix, got shape {A.shape} and dim {dim}")
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)

@says('The p-norm of all elements or along `dim` ("fro" is 2); the older name of `linalg.vector_norm`.',
      "mg.norm(mg.tensor([3., 4.]))", "tensor(5.)")
def old_norm(input, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    if p == "nuc":
        raise NotImplementedError("norm: minigrad has no nuclear norm; its value is mg.linalg.svdvals(x).sum()")
    return vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)

@says("The p-norm of the difference.", "mg.dist(mg.tensor([0., 0.]), mg.tensor([3., 4.]))", "tensor(5.)")
def dist(input, other, p=2): return vector_norm(input - other, p)


# Factorizations: values only

def _values_only(name, A, square=False):
    if _matrices(name, A, square).tracked:
        raise NotImplementedError(f"{name}: minigrad has no gradient for it; call .detach() first")
    return raw(A)

@says("`(Q, R)` with A = Q R, Q's columns perpendicular, R upper triangular; without gradients.",
      "mg.linalg.qr(mg.tensor([[2.]])).R.abs()", "tensor([[2.]])")
def qr(A, mode="reduced"): return QR(*map(leaf, np.linalg.qr(_values_only("qr", A), mode)))

@says("`(U, S, Vh)` with A = U diag(S) Vh; without gradients.", "mg.linalg.svd(mg.tensor([[2.]])).S", "tensor([2.])")
def svd(A, full_matrices=True):
    return SVD(*map(leaf, np.linalg.svd(_values_only("svd", A), full_matrices)))

@says("The singular values, the largest first; without gradients.",
      "mg.linalg.svdvals(mg.tensor([[3., 0.], [0., 2.]]))", "tensor([3., 2.])")
def svdvals(A): return leaf(np.linalg.svd(_values_only("svdvals", A), compute_uv=False))

@says("`(eigenvalues, eigenvectors)` of symmetric matrices, the smallest first; without gradients.",
      "mg.linalg.eigh(mg.tensor([[2., 0.], [0., 3.]])).eigenvalues", "tensor([2., 3.])")
def eigh(A, UPLO="L"): return Eigh(*map(leaf, np.linalg.eigh(_values_only("eigh", A, square=True), UPLO)))

@says("The eigenvalues of symmetric matrices, the smallest first; without gradients.",
      "mg.linalg.eigvalsh(mg.tensor([[2., 0.], [0., 3.]]))", "tensor([2., 3.])")
def eigvalsh(A, UPLO="L"): return leaf(np.linalg.eigvalsh(_values_only("eigvalsh", A, square=True), UPLO))
