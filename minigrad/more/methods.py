"""The functions of the package as methods, `x.exp()`, and in place, `x.exp_()`: what `Tensor` takes over from here."""
import numpy as np

from .. import create, ops
from ..device import placed
from ..graph import raw
from ..inplace import in_place


class Methods:
    """A function's first argument is the tensor; where its name ends in `_`, the tensor takes on the result."""

    __slots__ = ()

    from ..functions import (abs, all, allclose, amax, amin, any, argmax, argmin, clamp, cos, eq, equal, exp, ge, gt,
                             le, log, log1p, log_softmax, logsumexp, lt, matmul, max, maximum, mean, min, minimum, ne,
                             neg, pow, relu, sigmoid, sign, sin, softmax, sqrt, std, sum, tanh, var)
    from ..shape import broadcast_to, flatten, permute, reshape, split, squeeze, take_along_dim, transpose, unsqueeze
    from ..linalg import (cholesky, det, dist, inv as inverse, logdet, matrix_power, old_norm as norm, pinv as pinverse,
                          slogdet)
    from ..create import bernoulli, multinomial
    from .elementwise import (absolute, acos, acosh, add, addcdiv, addcmul, arccos, arcsin, arctan, asin, asinh, atan,
                              atan2, atanh, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or,
                              bitwise_right_shift, bitwise_xor, ceil, clamp_max, clamp_min, clip, copysign, cosh,
                              deg2rad, div, divide, erf, erfc, erfinv, exp2, expm1, fix, float_power, floor,
                              floor_divide, fmax, fmin, fmod, frac, greater, greater_equal, heaviside, hypot, isclose,
                              isfinite, isinf, isnan, isneginf, isposinf, isreal, ldexp, lerp, less, less_equal, log10,
                              log2, logaddexp, logaddexp2, logical_and, logical_not, logical_or, logical_xor, logit,
                              mul, multiply, nan_to_num, negative, not_equal, positive, rad2deg, reciprocal, remainder,
                              round, rsqrt, rsub, sgn, signbit, sinc, sinh, square, sub, subtract, tan, true_divide,
                              trunc, xlogy)
    from .reductions import (aminmax, count_nonzero, cummax, cummin, cumprod, cumsum, diff, kthvalue, logcumsumexp,
                             median, mode, nanmean, nanmedian, nansum, prod, quantile)
    from .arrange import (adjoint, chunk, dsplit, flip, fliplr, flipud, hsplit, moveaxis, movedim, ravel, repeat,
                          repeat_interleave, reshape_as, roll, rot90, sum_to_size, swapaxes, swapdims, t, tensor_split,
                          tile, unbind, unflatten, unfold, view_as, vsplit)
    from .indexing import (argwhere, gather, index_add, index_copy, index_fill, index_put, index_select, masked_fill,
                           masked_scatter, masked_select, narrow, nonzero, scatter, scatter_add, scatter_reduce, select,
                           select_scatter, slice_scatter, take)
    from .sorting import argsort, bincount, msort, sort, topk, unique, unique_consecutive
    from .products import (addbmm, addmm, addmv, addr, baddbmm, bmm, cross, dot, ger, inner, kron, mm, mv, outer, trace,
                           vdot)
    from .diagonals import diag, diag_embed, diagflat, diagonal, diagonal_scatter, tril, triu

    # In place

    abs_, neg_, exp_, log_, log1p_, sqrt_, sign_, sin_ = map(in_place, (abs, neg, exp, log, log1p, sqrt, sign, sin))
    cos_, tanh_, sigmoid_, relu_, clamp_, clip_, tan_ = map(in_place, (cos, tanh, sigmoid, relu, clamp, clip, tan))
    sinh_, cosh_, asin_, acos_, atan_, asinh_, acosh_ = map(in_place, (sinh, cosh, asin, acos, atan, asinh, acosh))
    atanh_, exp2_, expm1_, log2_, log10_, rsqrt_ = map(in_place, (atanh, exp2, expm1, log2, log10, rsqrt))
    reciprocal_, square_, sinc_, erf_, erfc_, erfinv_ = map(in_place, (reciprocal, square, sinc, erf, erfc, erfinv))
    logit_, floor_, ceil_, trunc_, round_, frac_, sgn_ = map(in_place, (logit, floor, ceil, trunc, round, frac, sgn))
    nan_to_num_, deg2rad_, rad2deg_, clamp_min_ = map(in_place, (nan_to_num, deg2rad, rad2deg, clamp_min))
    clamp_max_, lerp_, addcmul_, addcdiv_, atan2_ = map(in_place, (clamp_max, lerp, addcmul, addcdiv, atan2))
    hypot_, fmod_, copysign_, xlogy_, ldexp_, eq_, ne_ = map(in_place, (hypot, fmod, copysign, xlogy, ldexp, eq, ne))
    lt_, le_, gt_, ge_, logical_and_, logical_or_ = map(in_place, (lt, le, gt, ge, logical_and, logical_or))
    logical_xor_, logical_not_, masked_fill_ = map(in_place, (logical_xor, logical_not, masked_fill))
    masked_scatter_, scatter_, scatter_add_ = map(in_place, (masked_scatter, scatter, scatter_add))
    scatter_reduce_, index_put_, index_add_ = map(in_place, (scatter_reduce, index_put, index_add))
    index_copy_, index_fill_, tril_, triu_, cumsum_ = map(in_place, (index_copy, index_fill, tril, triu, cumsum))
    cumprod_, addmm_, addmv_, addr_, baddbmm_, addbmm_ = map(in_place, (cumprod, addmm, addmv, addr, baddbmm, addbmm))

    # Filled, with one number or by chance

    def fill_(self, number):
        """Set every element to a number."""
        if np.ndim(raw(number)):
            raise RuntimeError(f"fill_: expected one number, got shape {np.shape(raw(number))}")
        return self.copy_(number)

    def zero_(self):
        """Set every element to 0.

        >>> mg.ones(2).zero_()
        tensor([0., 0.])
        """
        return self.copy_(0)

    def normal_(self, mean=0.0, std=1.0, *, generator=None):
        """Numbers from a normal distribution."""
        return self.copy_(create.normal(mean, std, self.shape, generator=generator, dtype=self.dtype))

    def uniform_(self, low=0.0, high=1.0, *, generator=None, **bounds):
        """Numbers between two bounds (PyTorch's names `from` and `to`), all equally likely."""
        low, high = bounds.pop("from", low), bounds.pop("to", high)
        if bounds or low > high:
            raise RuntimeError(f"uniform_: expected bounds with low ≤ high, got {low} and {high} {bounds or ''}")
        return self.copy_(create.rand(self.shape, generator=generator, dtype=self.dtype) * (high - low) + low)

    def bernoulli_(self, p=0.5, *, generator=None):
        """1 with probability p, else 0."""
        return self.copy_(create.rand(self.shape, generator=generator) < raw(p))

    def random_(self, low=0, high=None, *, generator=None):
        """Whole numbers from low up to, not including, high."""
        low, high = (low, high) if high is not None else (0, low or 2**31)
        return self.copy_(create.randint(low, high, self.shape, generator=generator))

    def exponential_(self, lambd=1.0, *, generator=None):
        """Numbers from the exponential distribution with this rate."""
        return self.copy_(-ops.log1p(-create.rand(self.shape, generator=generator, dtype=self.dtype)) / lambd)

    # New tensors of its dtype

    @placed
    def new_tensor(self, data, *, dtype=None, requires_grad=False):
        """A tensor from data, with this tensor's dtype unless told otherwise."""
        return create.tensor(data, dtype=dtype or self.dtype, requires_grad=requires_grad)

    @placed
    def new_full(self, size, fill_value, *, dtype=None, requires_grad=False):
        """One number in a new shape, with this tensor's dtype unless told otherwise."""
        return create.full(size, fill_value, dtype=dtype or self.dtype, requires_grad=requires_grad)

    def new_zeros(self, *size, dtype=None, **s): return create.zeros(*size, dtype=dtype or self.dtype, **s)
    def new_ones(self, *size, dtype=None, **s): return create.ones(*size, dtype=dtype or self.dtype, **s)
    def new_empty(self, *size, dtype=None, **s): return create.empty(*size, dtype=dtype or self.dtype, **s)
