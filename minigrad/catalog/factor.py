"""Factorizations of matrices by numpy's LAPACK, with gradients, and functions that rest on them.

A factorization has several results and is one operation: its value holds them one after the other
in a row for each matrix, and `parts` takes them apart. Where a factorization is not unique
(equal singular values or eigenvalues) its gradient is infinite, as in PyTorch; the values' own
gradient is not.

Their sources: M. Giles, "Collected matrix derivative results" (2008), where nothing else is named;
J. Townsend, "Differentiating the singular value decomposition" (2016); S. Walter and L. Lehmann
(2010) and D. Roberts and L. Roberts (2020), of QR; G. Golub and V. Pereyra (1973), of the
pseudo-inverse; R. Mathias (1996), of the exponential, which is computed after N. Higham (2005).
"""
import math

import numpy as np

from .. import ops
from ..graph import primitive, raw

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

# Several results in one value

def parts(x, *shapes):
    """The results that lie one after the other along the last axis, each in its shape."""
    ends, lead = np.cumsum([math.prod(shape) for shape in shapes]).tolist(), x.shape[:-1]
    pieces = (ops.getitem(x, index=(..., slice(a, b))) for a, b in zip([0, *ends], ends))
    return [ops.reshape(piece, shape=(*lead, *shape)) for piece, shape in zip(pieces, shapes)]

def _row(*results, axes):
    """The inverse of `parts`: of these results the last axes, so many, belong to one matrix."""
    return np.concatenate([x.reshape(*x.shape[:x.ndim - n], math.prod(x.shape[x.ndim - n:]))
                           for x, n in zip(results, axes)], -1)

def _divided(x, differences):
    """x over differences that are 0 on the diagonal; nothing over nothing is nothing."""
    return x / ops.where((raw(differences) == 0) & (raw(x) == 0), 1, differences)

def _apart(values):
    """valueⱼ − valueᵢ."""
    return values[..., None, :] - values[..., :, None]

def _half_diagonal(x): return x * (1 - 0.5 * np.eye(x.shape[-1], dtype=raw(x).dtype))

# A = U diag(S) Vᵀ

def svd_shapes(shape):
    m, n = shape[-2:]
    return (m, k := min(m, n)), (k,), (k, n)

def _svd_rule(g, out, a):
    (gu, gs, gv), (u, s, v) = (parts(x, *svd_shapes(a.shape)) for x in (g, out))
    between = _apart(s) * (s[..., None, :] + s[..., :, None])                  # sⱼ² − sᵢ²
    left, right = u.mT @ gu, v @ gv.mT
    left, right = (_divided(x - x.mT, between) for x in (left, right))
    middle = left * s[..., None, :] + s[..., :, None] * right + _diagonal_matrix(gs)
    whole = u @ middle @ v
    (m, k), _, (_, n) = svd_shapes(a.shape)
    if m > k:                                      # what of U leaves the columns of A
        outside = gu - u @ (u.mT @ gu)
        whole = whole + (outside / s[..., None, :]) @ v
    if n > k:
        outside = gv - (gv @ v.mT) @ v
        whole = whole + u @ (outside / s[..., :, None])
    return whole

def _diagonal_matrix(x): return x[..., None] * np.eye(x.shape[-1], dtype=raw(x).dtype)

svd_ = primitive(lambda a: _row(*np.linalg.svd(a, full_matrices=False), axes=(2, 1, 2)),
                 _svd_rule, name="svd")

# Symmetric A = V diag(w) Vᵀ, read from its lower triangle

def _eigh_rule(g, out, a, *, lower):
    n = a.shape[-1]
    (gw, gv), (w, v) = (parts(x, (n,), (n, n)) for x in (g, out))
    turn = v.mT @ gv
    middle = _divided((turn - turn.mT) / 2, _apart(w)) + _diagonal_matrix(gw)
    return v @ middle @ v.mT

eigh_ = primitive(lambda a, *, lower: _row(*np.linalg.eigh(a, "L" if lower else "U"), axes=(1, 2)),
                  _eigh_rule, name="eigh")

# A = Q R, Q (m, k) with perpendicular columns, R (k, n) upper triangular

def qr_shapes(shape):
    m, n = shape[-2:]
    return (m, min(m, n)), (min(m, n), n)

def _qr_rule(g, out, a):
    (gq, gr), (q, r) = (parts(x, *qr_shapes(a.shape)) for x in (g, out))
    m, n = a.shape[-2:]
    inner = gr @ r.mT - q.mT @ gq
    ones = np.ones(inner.shape[-2:], raw(a).dtype)
    if m >= n:
        inner = inner * np.triu(ones)
        return _over(q @ _half_diagonal(inner + inner.mT) + gq, r)
    first = _over(q @ ((inner.mT - inner) * np.tril(ones)), r[..., :m])
    none = np.zeros((*a.shape[:-1], n - m), raw(a).dtype)
    return ops.cat(first, none, axis=-1) + q @ gr

def _over(x, r):
    """x R⁻ᵀ."""
    return solve_(r, x.mT).mT

qr_ = primitive(lambda a: _row(*np.linalg.qr(a), axes=(2, 2)), _qr_rule, name="qr")

# The pseudo-inverse: without the singular values up to max(atol, rtol · the largest)

def mirrored(a):
    """The symmetric matrix whose lower triangle is that of a."""
    return np.tril(a) + np.tril(a, -1).mT

def _pinv(a, *, atol, rtol, hermitian):
    u, s, v = np.linalg.svd(mirrored(a) if hermitian else a, full_matrices=False)
    small = s <= np.maximum(atol, rtol * s.max(-1, initial=0))[..., None]
    return v.mT @ (np.where(small, 0, 1 / np.where(small, 1, s))[..., None] * u.mT)

def _pinv_rule(g, out, a, **settings):
    gt, whole = g.mT, out @ out.mT
    tall = gt @ whole - a @ (out @ (gt @ whole))             # (I − A A⁺) gᵀ A⁺ A⁺ᵀ
    wide = out.mT @ (out @ gt)                               # A⁺ᵀ A⁺ gᵀ (I − A⁺ A)
    return tall + wide - (wide @ out) @ a - out.mT @ g @ out.mT

pinv_ = primitive(_pinv, _pinv_rule, name="pinv")

# The exponential I + A + A² / 2 + …

PADE = [math.factorial(26 - k) * math.comb(13, k) / math.factorial(26) for k in range(14)]

def _expm(a):
    """By Padé's fraction of degree 13 of A / 2ⁿ, squared n times."""
    x = np.asarray(a, np.float64)
    size = np.abs(x).sum(-2).max(-1, initial=0)[..., None, None]
    times = np.ceil(np.log2(np.maximum(size / 5.37, 1)))
    times = np.where(np.isfinite(times), times, 0)
    x, eye = x / 2 ** times, np.eye(a.shape[-1])
    power, odd, even = eye, 0, 0
    for k, c in enumerate(PADE):
        odd, even = (odd + c * power, even) if k % 2 else (odd, even + c * power)
        power = power @ x
    out = np.linalg.solve(even - odd, even + odd)
    for turn in range(int(times.max(initial=0))):
        out = np.where(turn < times, out @ out, out)
    return out.astype(a.dtype)

def _expm_rule(g, out, a):                          # the upper right of exp [[Aᵀ, g], [0, Aᵀ]]
    n = a.shape[-1]
    upper = ops.cat(a.mT, g, axis=-1)
    lower = ops.cat(a.mT * 0, a.mT, axis=-1)
    return matrix_exp_(ops.cat(upper, lower, axis=-2))[..., :n, n:]

matrix_exp_ = primitive(_expm, _expm_rule, name="matrix_exp")
