"""minigrad: PyTorch's core, small enough to read in an afternoon. `import minigrad as torch` runs ordinary code."""
import warnings

# Infinities and NaNs are answers here, as in PyTorch; numpy's warnings about them would only name our own lines.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\.")

# ruff: noqa: E402, F401
from . import memory

memory.keep_freed_memory()

from . import (anomaly, autograd, backends, convolution, create, cuda, functions, gradcheck, graph, linalg, nn, ops,
               optim, shape, special, utils)
from .anomaly import detect_anomaly
from .create import (Generator, arange, as_tensor, bernoulli, default_generator, empty, empty_like, eye, from_numpy,
                     full, full_like, linspace, logspace, manual_seed, multinomial, normal, ones, ones_like, rand,
                     rand_like, randint, randint_like, randn, randn_like, randperm, scalar_tensor, tensor, zeros,
                     zeros_like)
from .device import contiguous_format, device, preserve_format, strided
from .dtypes import (BOOL as bool, FLOAT16 as float16, FLOAT32 as float32, FLOAT64 as float64, INT8 as int8,
                     INT16 as int16, INT32 as int32, INT64 as int64, UINT8 as uint8, can_cast, finfo, get_default_dtype,
                     iinfo, is_floating_point, promote_types, set_default_dtype)
from .functions import (abs, all, allclose, amax, amin, any, argmax, argmin, clamp, clone, cos, eq, equal, exp, ge, gt,
                        le, log, log1p, log_softmax, logsumexp, lt, matmul, max, maximum, mean, min, minimum, ne, neg,
                        pow, relu, sigmoid, sign, sin, softmax, sqrt, std, sum, tanh, var, where)
from .grad_mode import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .linalg import (cholesky, cholesky_solve, det, dist, inv as inverse, logdet, matrix_power, old_norm as norm,
                     pinv as pinverse, slogdet)
from .more.arrange import (adjoint, atleast_1d, atleast_2d, atleast_3d, broadcast_shapes, broadcast_tensors, chunk,
                           column_stack, concat, concatenate, dsplit, dstack, flip, fliplr, flipud, hsplit, hstack,
                           meshgrid, moveaxis, movedim, ravel, repeat_interleave, roll, rot90, row_stack, swapaxes,
                           swapdims, t, tensor_split, tile, unbind, unflatten, vsplit, vstack)
from .more.diagonals import (diag, diag_embed, diagflat, diagonal, diagonal_scatter, tril, tril_indices, triu,
                             triu_indices)
from .more.elementwise import (absolute, acos, acosh, add, addcdiv, addcmul, arccos, arccosh, arcsin, arcsinh, arctan,
                               arctan2, arctanh, asin, asinh, atan, atan2, atanh, bitwise_and, bitwise_left_shift,
                               bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, ceil, clamp_max, clamp_min,
                               clip, copysign, cosh, deg2rad, div, divide, erf, erfc, erfinv, exp2, expm1, fix,
                               float_power, floor, floor_divide, fmax, fmin, fmod, frac, greater, greater_equal,
                               heaviside, hypot, isclose, isfinite, isinf, isnan, isneginf, isposinf, isreal, ldexp,
                               lerp, less, less_equal, log2, log10, logaddexp, logaddexp2, logical_and, logical_not,
                               logical_or, logical_xor, logit, mul, multiply, nan_to_num, negative, not_equal, positive,
                               rad2deg, reciprocal, remainder, round, rsqrt, rsub, sgn, signbit, sinc, sinh, square,
                               sub, subtract, tan, true_divide, trunc, xlogy)
from .more.indexing import (argwhere, gather, index_add, index_copy, index_fill, index_put, index_select, masked_fill,
                            masked_scatter, masked_select, narrow, nonzero, scatter, scatter_add, scatter_reduce,
                            select, select_scatter, slice_scatter, take)
from .more.products import (addbmm, addmm, addmv, addr, baddbmm, bmm, cdist, cross, dot, einsum, ger, inner, kron, mm,
                            mv, outer, tensordot, trace, vdot)
from .more.reductions import (aminmax, count_nonzero, cummax, cummin, cumprod, cumsum, diff, kthvalue, logcumsumexp,
                              median, mode, nanmean, nanmedian, nansum, prod, quantile, std_mean, var_mean)
from .more.sorting import (argsort, bincount, bucketize, isin, msort, searchsorted, sort, topk, unique,
                           unique_consecutive)
from .serialization import load, save
from .shape import (broadcast_to, cat, flatten, permute, reshape, split, squeeze, stack, take_along_dim, transpose,
                    unsqueeze)
from .tensor import Tensor, is_tensor, numel

from math import e, inf, nan, pi

short, int, long, half, float, double = int16, int32, int64, float16, float32, float64

__version__ = "0.1.0"

# The catalog adds its names to the modules above; without its folder the core works alone.
from importlib.util import find_spec as _find_spec

if _find_spec("minigrad.catalog"):
    from .catalog import *
