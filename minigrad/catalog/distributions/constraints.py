"""Where parameters and samples of a distribution may lie: `positive.check(x)` says it of each."""
from functools import partial

import numpy as np

from ...graph import leaf, raw
from ...ops import all
from ..diagonals import tril
from ..places import diagonal


class Constraint:
    """A condition on numbers, or on the last `event_dim` axes: vectors, matrices.

    >>> mg.distributions.constraints.positive.check(mg.tensor([1., 0.]))
    tensor([ True, False])
    >>> mg.distributions.constraints.positive
    GreaterThan(lower_bound=0.0)
    """

    def __init__(self, name, check, event_dim=0, is_discrete=False, **bounds):
        self.name, self.check = name, check
        self.said = ", ".join(f"{bound}={value}" for bound, value in bounds.items())
        self.event_dim, self.is_discrete = event_dim, is_discrete
        vars(self).update(bounds)

    def __repr__(self):
        return f"{self.name}({self.said})"

def _ordered(name, low, high, check):
    """A constraint by its bounds, of which some are given."""
    names = [f"{side}_bound" for side, given in (("lower", low), ("upper", high)) if given]

    def make(*bounds, **named):
        bounds = dict(zip(names, bounds)) | named
        return Constraint(name, partial(check, *(bounds[n] for n in names)),
                          is_discrete=name.startswith("Integer"), **bounds)
    make.__name__ = name
    return make

def _whole(x): return x % 1 == 0

greater_than = _ordered("GreaterThan", True, False, lambda low, x: low < x)
greater_than_eq = _ordered("GreaterThanEq", True, False, lambda low, x: low <= x)
less_than = _ordered("LessThan", False, True, lambda high, x: x < high)
interval = _ordered("Interval", True, True, lambda low, high, x: (low <= x) & (x <= high))
half_open_interval = _ordered("HalfOpenInterval", True, True,
                              lambda low, high, x: (low <= x) & (x < high))
integer_interval = _ordered("IntegerInterval", True, True,
                            lambda low, high, x: _whole(x) & (low <= x) & (x <= high))
_integer_from = _ordered("IntegerGreaterThan", True, False, lambda low, x: _whole(x) & (low <= x))

def independent(base, count):
    """The constraint on all of the last `count` axes at once."""
    def check(x):
        return all(base.check(x), axis=tuple(range(-count, 0)))
    out = Constraint("IndependentConstraint", check, base.event_dim + count, base.is_discrete)
    out.said = f"{base}, {count}"
    return out

def multinomial(upper_bound):
    """Counts from 0 up that add up to no more than the bound."""
    def check(x): return (x >= 0).all(-1) & (x.sum(-1) <= upper_bound)
    return Constraint("Multinomial", check, 1, True)

def _lower_triangular(x): return (tril(x) == x).all((-2, -1))

def _lower_cholesky(x):
    return _lower_triangular(x) & (diagonal(x, dim1=-2, dim2=-1) > 0).all(-1)

def _positive_definite(x):
    x = raw(x)
    symmetric = np.isclose(x, np.swapaxes(x, -1, -2), atol=1e-6).all((-2, -1))
    return leaf(np.asarray(symmetric & (np.linalg.eigvalsh(x) > 0).all(-1)))

boolean = Constraint("Boolean", lambda x: (x == 0) | (x == 1), 0, True)
one_hot = Constraint("OneHot", lambda x: boolean.check(x).all(-1) & (x.sum(-1) == 1), 1, True)
real = Constraint("Real", lambda x: x == x)                     # not NaN
real_vector = independent(real, 1)
positive, nonnegative = greater_than(0.0), greater_than_eq(0.0)
positive_integer, nonnegative_integer = _integer_from(1), _integer_from(0)
unit_interval = interval(0.0, 1.0)
simplex = Constraint("Simplex",
                     lambda x: (x >= 0).all(-1) & ((x.sum(-1) - 1).abs() < 1e-6), 1)
lower_triangular = Constraint("LowerTriangular", _lower_triangular, 2)
lower_cholesky = Constraint("LowerCholesky", _lower_cholesky, 2)
positive_definite = Constraint("PositiveDefinite", _positive_definite, 2)
