"""PyTorch's torch.linalg: the names and the checks of their arguments; the rules are in factor."""
import math
from string import ascii_letters

import numpy as np

from .. import ops
from ..functions import matmul, sum, where
from ..graph import TensorBase, leaf, raw
from ..promotion import to
from ..printing import returned
from ..public import floating, one_dtype, public, refuse
from ..shape import axes, cat, reshape, squeeze, unsqueeze
from .arrange import movedim
from .diagonals import tril, triu
from .factor import (cholesky_, det_, eigh_, inv_, logabsdet, matrix_exp_, mirrored, parts, pinv_,
                     qr_, qr_shapes, solve_, svd_, svd_shapes)
from .places import diagonal as _diagonal
from .products import cross as _cross, einsum
from .reductions import vector_norm as _norm

Slogdet = returned("linalg_slogdet", "sign logabsdet")
InvEx = returned("linalg_inv_ex", "inverse info")
Lstsq = returned("linalg_lstsq", "solution residuals rank singular_values")
QR, SVD = returned("linalg_qr", "Q R"), returned("linalg_svd", "U S Vh")
Eigh = returned("linalg_eigh", "eigenvalues eigenvectors")
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

def _bounds(A, atol, rtol):
    """Up to which size, absolute and relative to the largest, a singular value counts as 0."""
    atol = np.asarray(0 if atol is None else raw(atol))
    if rtol is None:
        rtol = np.where(atol > 0, 0, np.finfo(A.dtype).eps * max(A.shape[-2:]))
    return atol, np.asarray(raw(rtol))

@public("The pseudo-inverse A⁺: A⁺ B is the shortest of all X that bring A X nearest to B.",
        "[[2.], [0.]]", "[[0.5, 0.0]]")
def pinv(A, rcond=None, hermitian=False, *, atol=None, rtol=None):
    matrices("pinv", A, square=hermitian)
    bounds = _bounds(A, atol, rcond if rtol is None else rtol)
    refuse(any(x.ndim for x in bounds), "pinv: minigrad takes one tolerance for all matrices, got "
           f"shapes {[x.shape for x in bounds]}", NotImplementedError)
    atol, rtol = map(float, bounds)
    return pinv_(A, atol=atol, rtol=rtol, hermitian=hermitian)

@public("How many singular values of each matrix are above max(atol, rtol · the largest).",
        "[[1., 2.], [2., 4.]]", "1")
def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None):
    matrices("matrix_rank", A, square=hermitian)
    atol, rtol = _bounds(A, atol, rtol) if tol is None else (np.asarray(raw(tol)), 0)
    s = np.linalg.svd(mirrored(raw(A)) if hermitian else raw(A), compute_uv=False)
    bound = np.maximum(atol, rtol * s.max(-1, initial=0))
    return leaf(np.asarray((s > bound[..., None]).sum(-1), np.int64))

@public("The norm of A times that of A⁻¹: how much A X = B magnifies errors; p as matrix_norm.",
        "[[4., 0.], [0., 2.]]", "2.")
def cond(A, p=None):
    square = p not in (None, 2, -2)
    if 0 in matrices("cond", A, square).shape[-2:]:
        return leaf(np.zeros(A.shape[:-2], A.dtype))
    if not square:
        s = svdvals(A)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    singular, eye = np.asarray(np.linalg.det(raw(A)) == 0), np.eye(A.shape[-1], dtype=A.dtype)
    inverse = inv_(where(singular[..., None, None], eye, A))
    return where(singular, math.inf, matrix_norm(A, p) * matrix_norm(inverse, p))

@public("`(solution, residuals, rank, singular_values)`: X with the smallest |A X − B|².",
        "mg.linalg.lstsq(mg.tensor([[1.]]), mg.tensor([[3.]])).solution.round(decimals=2)",
        "tensor([[3.]])")
def lstsq(A, B, rcond=None, *, driver=None):
    one_dtype("lstsq", matrices("lstsq", A, square=False), B)
    refuse(driver not in (None, "gelsy", "gels", "gelsd", "gelss"), "lstsq: expected driver "
           f"'gelsy', 'gels', 'gelsd' or 'gelss', got {driver!r}")
    vector = B.ndim == 1 or B.ndim == A.ndim - 1 and B.shape == A.shape[:-1]
    X = unsqueeze(B, -1) if vector else B
    refuse(X.ndim != A.ndim or X.shape[-2] != A.shape[-2],
           f"lstsq: shapes {A.shape} and {B.shape} do not fit")
    none, (m, n) = leaf(np.zeros(0, A.dtype)), A.shape[-2:]
    out = matmul(pinv(A, rcond), X)
    rank = matrix_rank(A.detach(), rtol=rcond)
    residuals = none
    if m > n and (raw(rank) == n).all() and driver != "gelsy":
        residuals = sum((matmul(A, out) - X) ** 2, -2)
    values = svdvals(A.detach()) if driver in ("gelsd", "gelss") else none
    rank = leaf(np.zeros(0, np.int64)) if driver == "gels" else rank
    return Lstsq(squeeze(out, -1) if vector else out, residuals, rank, values)

@public("The exponential I + A + A² / 2 + A³ / 6 + … of each matrix.",
        "[[0., 1.], [0., 0.]]", "[[1.0, 1.0], [0.0, 1.0]]")
def matrix_exp(A): return matrix_exp_(matrices("matrix_exp", A))

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

@public("The norm of matrices: \"fro\" (all squares), ±1 (columns' sums of sizes), ±inf (rows'),\n"
        "±2 (the largest or smallest singular value), \"nuc\" (their sum).",
        "[[3., 0.], [4., 0.]], 1", "7.")
def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    refuse(A.ndim < 2 or len(dim) != 2,
           f"matrix_norm: expected two dims of at least two axes, got {dim} for shape {A.shape}")
    if ord == "fro":
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    refuse(ord not in (1, -1, 2, -2, math.inf, -math.inf, "nuc"), "matrix_norm: expected ord "
           f"'fro', 'nuc', 1, -1, 2, -2, inf or -inf, got {ord!r}")
    rows, columns = axes(A, tuple(dim), "matrix_norm")
    if ord in (2, -2, "nuc"):
        S = svdvals(movedim(A if dtype is None else to(A, dtype=np.dtype(dtype)),
                            (rows, columns), (-2, -1)))
        out = sum(S, -1) if ord == "nuc" else (ops.amax if ord == 2 else ops.amin)(S, axis=-1)
        return reshape(out, *(1 if i in (rows, columns) else n for i, n in enumerate(A.shape))
                       ) if keepdim else out
    first, second = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = vector_norm(A, 1, first, True, dtype=dtype)
    out = (ops.amax if ord > 0 else ops.amin)(sums, axis=second, keepdims=True)
    return out if keepdim else squeeze(out, (rows, columns))

@public("A vector's norm, or with two dims (or a matrix and an ord) a matrix's.", "[3., 4.]", "5.")
def norm(input, ord=None, dim=None, keepdim=False, *, dtype=None):
    dims = dim if isinstance(dim, (tuple, list)) else range(input.ndim) if dim is None else ()
    if ord is not None and len(dims) == 2:
        return matrix_norm(input, ord, tuple(dims), keepdim, dtype=dtype)
    if isinstance(ord, str) or dim is None and ord is not None and input.ndim > 2:
        raise RuntimeError(f"norm: order {ord!r} needs a matrix, got shape {input.shape} and "
                           f"dim {dim}")
    return vector_norm(input, 2 if ord is None else ord, dim, keepdim, dtype=dtype)

# Factorizations

@public("`(Q, R)` with A = Q R, Q's columns perpendicular, R upper triangular; mode \"reduced\",\n"
        "\"complete\" (Q square), or \"r\" (R alone).",
        "mg.linalg.qr(mg.tensor([[2.]])).R.abs()", "tensor([[2.]])")
def qr(A, mode="reduced"):
    refuse(mode not in ("reduced", "complete", "r"),
           f"qr: expected mode 'reduced', 'complete' or 'r', got {mode!r}")
    m, n = matrices("qr", A, square=False).shape[-2:]
    if mode == "reduced" or mode == "complete" and m <= n:
        return QR(*parts(qr_(A), *qr_shapes(A.shape)))
    refuse(A.tracked, f"qr: mode {mode!r} of shape {A.shape} has no gradient; use 'reduced', or "
           "call .detach()")
    found = np.linalg.qr(raw(A), mode)
    return QR(leaf(np.zeros(0, A.dtype)), leaf(found)) if mode == "r" else QR(*map(leaf, found))

@public("`(U, S, Vh)` with A = U diag(S) Vh, S falling; full_matrices: U and Vh are square, and "
        "gradients flow through the first columns and rows alone.",
        "mg.linalg.svd(mg.tensor([[2.]])).S", "tensor([2.])")
def svd(A, full_matrices=True, *, driver=None):
    shapes = svd_shapes(matrices("svd", A, square=False).shape)
    U, S, V = parts(svd_(A), *shapes)
    m, n = A.shape[-2:]
    if full_matrices and m != n:
        whole = np.linalg.svd(raw(A))
        U = cat([U, leaf(whole[0][..., n:])], -1) if m > n else U
        V = cat([V, leaf(whole[2][..., m:, :])], -2) if n > m else V
    return SVD(U, S, V)

@public("Singular values, largest first.", "[[3., 0.], [0., 2.]]", "[3., 2.]")
def svdvals(A, *, driver=None): return svd(A, False).S

@public("`(eigenvalues, eigenvectors)` of symmetric matrices, rising; one triangle is read (UPLO).",
        "mg.linalg.eigh(mg.tensor([[2., 0.], [0., 3.]])).eigenvalues", "tensor([2., 3.])")
def eigh(A, UPLO="L"):
    n = matrices("eigh", A).shape[-1]
    refuse(UPLO.upper() not in ("L", "U"), f"eigh: expected UPLO 'L' or 'U', got {UPLO!r}")
    return Eigh(*parts(eigh_(A, lower=UPLO.upper() == "L"), (n,), (n, n)))

@public("Eigenvalues of symmetric matrices, smallest first.", "[[2.]]", "[2.]")
def eigvalsh(A, UPLO="L"): return eigh(A, UPLO).eigenvalues
