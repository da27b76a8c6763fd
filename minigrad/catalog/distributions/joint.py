"""Distributions of vectors: of independent parts, and of parts that vary together."""
import math

from ...functions import matmul
from ...ops import log
from ...public import public, refuse
from ...shape import broadcast_to
from .. import linalg
from ..arrange import broadcast_shapes
from ..places import diagonal
from . import constraints
from .distribution import Distribution, Family, lazy_property, standard_normal, summed

@public("The last batch axes of a distribution as axes of one sample, whose log_prob they add up.",
        "d = mg.distributions.Independent(mg.distributions.Normal(mg.zeros(2, 3), 1.), 1); "
        "tuple(d.batch_shape), tuple(d.event_shape)", "((2,), (3,))")
class Independent(Distribution):
    arg_constraints = {}
    has_rsample = property(lambda self: self.base_dist.has_rsample)
    has_enumerate_support = property(lambda self: not self.reinterpreted_batch_ndims
                                     and self.base_dist.has_enumerate_support)
    mean, mode, variance = (property(lambda self, name=name: getattr(self.base_dist, name))
                            for name in ("mean", "mode", "variance"))

    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        count, batch = reinterpreted_batch_ndims, base_distribution.batch_shape
        refuse(count > len(batch), "Expected reinterpreted_batch_ndims <= "
               f"len(base_distribution.batch_shape), actual {count} vs {len(batch)}", ValueError)
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, count
        kept = len(batch) - count
        super().__init__(batch[:kept], (*batch[kept:], *base_distribution.event_shape),
                         validate_args)

    @property
    def support(self):
        base, count = self.base_dist.support, self.reinterpreted_batch_ndims
        return constraints.independent(base, count) if count else base

    def expand(self, batch_shape, _instance=None):
        inner = self._event_shape[:self.reinterpreted_batch_ndims]
        return type(self)(self.base_dist.expand((*batch_shape, *inner)),
                          self.reinterpreted_batch_ndims, validate_args=self._validate_args)

    def sample(self, sample_shape=()): return self.base_dist.sample(sample_shape)
    def rsample(self, sample_shape=()): return self.base_dist.rsample(sample_shape)

    def log_prob(self, value):
        return summed(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self): return summed(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self, expand=True):
        refuse(self.reinterpreted_batch_ndims > 0,
               "Enumeration over cartesian product is not implemented", NotImplementedError)
        return self.base_dist.enumerate_support(expand=expand)

    def __repr__(self):
        return f"{type(self).__name__}({self.base_dist}, {self.reinterpreted_batch_ndims})"

@public("Normal vectors around `loc`, by their covariance, its inverse, or its Cholesky factor.",
        "mg.distributions.MultivariateNormal(mg.zeros(2), 4 * mg.eye(2)).scale_tril.tolist()",
        "[[2.0, 0.0], [0.0, 2.0]]")
class MultivariateNormal(Family):
    arg_constraints = {"loc": constraints.real_vector,
                       "covariance_matrix": constraints.positive_definite,
                       "precision_matrix": constraints.positive_definite,
                       "scale_tril": constraints.lower_cholesky}
    support, has_rsample = constraints.real_vector, True

    def __init__(self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None,
                 validate_args=None):
        refuse(loc.ndim < 1, "loc must be at least one-dimensional.", ValueError)
        given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix,
                 "scale_tril": scale_tril}
        given = {name: x for name, x in given.items() if x is not None}
        refuse(len(given) != 1, "Exactly one of covariance_matrix or precision_matrix or "
               "scale_tril may be specified.", ValueError)
        (name, matrix), = given.items()
        refuse(matrix.ndim < 2, f"{name} matrix must be at least two-dimensional, with optional "
               "leading batch dimensions", ValueError)
        batch_shape = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        vars(self)[name] = broadcast_to(matrix, (*batch_shape, -1, -1))
        self.loc = broadcast_to(loc, (*batch_shape, -1))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args)
        self.scale_tril                                  # a matrix that has none shall be told now

    @lazy_property
    def scale_tril(self):
        """The lower triangle L with covariance = L Lᵀ."""
        if "covariance_matrix" in vars(self):
            return linalg.cholesky(self.covariance_matrix)
        turned = linalg.cholesky(self.precision_matrix.flip((-2, -1)))     # P = U Uᵀ, U upper
        return linalg.inv(turned.flip((-2, -1)).mT)

    covariance_matrix = lazy_property(lambda self: matmul(self.scale_tril, self.scale_tril.mT))
    mean = mode = property(lambda self: self.loc)
    variance = property(lambda self: (self.scale_tril ** 2).sum(-1))

    @lazy_property
    def precision_matrix(self):
        inverse = linalg.inv(self.scale_tril)
        return matmul(inverse.mT, inverse)

    def rsample(self, sample_shape=()):
        noise = standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + matmul(self.scale_tril, noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value):
        away = self._checked(value) - self.loc
        distance = mahalanobis(self.scale_tril, away)
        constant = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (constant + distance) - half_log_det(self.scale_tril)

    def entropy(self):
        constant = 0.5 * self._event_shape[0] * (1 + math.log(2 * math.pi))
        return constant + half_log_det(self.scale_tril)

def half_log_det(L): return log(diagonal(L, dim1=-2, dim2=-1)).sum(-1)

def mahalanobis(L, away):
    """|L⁻¹ away|², the squared distance in widths."""
    shape = broadcast_shapes(L.shape[:-1], away.shape)
    L, away = broadcast_to(L, (*shape, shape[-1])), broadcast_to(away, shape)
    return (linalg.solve_triangular(L, away.unsqueeze(-1), upper=False) ** 2).sum((-2, -1))
