"""The functions of the package as methods, `x.exp()`, and in place, `x.exp_()`, for Tensor."""
import numpy as np

from .graph import raw
from .inplace import in_place
from .public import Published


class Methods(Published):
    """A function's first argument is the tensor; where its name ends in `_`, so is its result."""

    __slots__ = ()

    from .functions import (abs, add, all, allclose, amax, amin, any, argmax, argmin, clamp, cos,
                            div, eq, equal, exp, ge, gt, le, log, log1p, log_softmax, logsumexp, lt,
                            matmul, max, maximum, mean, min, minimum, mul, ne, neg, pow, relu,
                            sigmoid, sign, sin, softmax, sqrt, std, sub, sum, tanh, var)
    from .random import normal_, uniform_
    from .shape import broadcast_to, flatten, permute, reshape, squeeze, transpose, unsqueeze

    abs_, neg_, exp_, log_, log1p_, sqrt_ = map(in_place, (abs, neg, exp, log, log1p, sqrt))
    sign_, sin_, cos_, tanh_, sigmoid_ = map(in_place, (sign, sin, cos, tanh, sigmoid))
    relu_, clamp_, eq_, ne_, lt_ = map(in_place, (relu, clamp, eq, ne, lt))
    le_, gt_, ge_ = map(in_place, (le, gt, ge))

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
