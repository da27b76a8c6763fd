"""Distributions of real numbers. The formulas are those of their densities, in any handbook."""
import math

from ...create import empty, zeros_like
from ...functions import where
from ...grad_mode import no_grad
from ...ops import abs, exp, log, log1p, sign
from ...public import public
from ...random import rand
from ...random import rand
from ..create import full_like
from ..elementwise import atan, erf, erfinv, expm1, tan
from ..random import normal
from ..types import finfo
from . import constraints
from .distribution import Family, broadcast_all, everywhere, standard_normal

EULER = 0.57721566490153286060

class _Located(Family):
    """A distribution with a place and a width."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support, has_rsample = constraints.real, True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    mean = mode = property(lambda self: self.loc)

@public("The normal distribution around `loc` with standard deviation `scale`.",
        "mg.distributions.Normal(0., 1.).log_prob(mg.tensor(0.))", "tensor(-0.9189)")
class Normal(_Located):
    stddev = property(lambda self: self.scale)
    variance = property(lambda self: self.scale ** 2)

    def sample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape=()):
        noise = standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + noise * self.scale

    def log_prob(self, value):
        away = self._checked(value) - self.loc
        return -away ** 2 / (2 * self.variance) - log(self.scale) - math.log(2 * math.pi) / 2

    def cdf(self, value):
        away = self._checked(value) - self.loc
        return 0.5 * (1 + erf(away / self.scale / math.sqrt(2)))

    def icdf(self, value): return self.loc + self.scale * erfinv(2 * value - 1) * math.sqrt(2)
    def entropy(self): return 0.5 + 0.5 * math.log(2 * math.pi) + log(self.scale)

@public("e to the power of a normal number.",
        "mg.distributions.LogNormal(0., 1.).mean", "tensor(1.6487)")
class LogNormal(_Located):
    support = constraints.positive
    base_dist = property(lambda self: Normal(self.loc, self.scale, validate_args=False))
    mean = property(lambda self: exp(self.loc + self.scale ** 2 / 2))
    mode = property(lambda self: exp(self.loc - self.scale ** 2))
    variance = property(lambda self: expm1(self.scale ** 2) * exp(2 * self.loc + self.scale ** 2))

    def sample(self, sample_shape=()):
        with no_grad():
            return exp(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape=()): return exp(self.base_dist.rsample(sample_shape))
    def cdf(self, value): return self.base_dist.cdf(log(self._checked(value)))

    def log_prob(self, value):
        return self.base_dist.log_prob(log(self._checked(value))) - log(value)

    def icdf(self, value): return exp(self.base_dist.icdf(value))
    def entropy(self): return self.base_dist.entropy() + self.loc

@public("The size of a normal number around 0.",
        "mg.distributions.HalfNormal(1.).mean", "tensor(0.7979)")
class HalfNormal(Family):
    arg_constraints = {"scale": constraints.positive}
    support, has_rsample = constraints.nonnegative, True

    def __init__(self, scale, validate_args=None):
        self.scale, = broadcast_all(scale)
        super().__init__(self.scale.shape, validate_args=validate_args)

    base_dist = property(lambda self: Normal(0, self.scale, validate_args=False))
    mean = property(lambda self: self.scale * math.sqrt(2 / math.pi))
    mode = property(lambda self: zeros_like(self.scale))
    variance = property(lambda self: self.scale ** 2 * (1 - 2 / math.pi))

    def sample(self, sample_shape=()):
        with no_grad():
            return abs(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape=()): return abs(self.base_dist.rsample(sample_shape))

    def log_prob(self, value):
        density = self.base_dist.log_prob(self._checked(value)) + math.log(2)
        return where(value >= 0, density, -math.inf)

    def cdf(self, value): return 2 * self.base_dist.cdf(self._checked(value)) - 1
    def icdf(self, value): return self.base_dist.icdf((value + 1) / 2)
    def entropy(self): return self.base_dist.entropy() - math.log(2)

@public("All numbers from `low` up to `high` (excluded), equally likely.",
        "mg.distributions.Uniform(0., 4.).log_prob(mg.tensor(1.)).exp()", "tensor(0.2500)")
class Uniform(Family):
    has_rsample = True
    arg_constraints = property(lambda self: {"low": constraints.less_than(self.high),
                                             "high": constraints.greater_than(self.low)})
    support = property(lambda self: constraints.interval(self.low, self.high))

    def __init__(self, low, high, validate_args=None):
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)

    mean = property(lambda self: (self.high + self.low) / 2)
    mode = property(lambda self: math.nan * self.high)
    stddev = property(lambda self: (self.high - self.low) / math.sqrt(12))
    variance = property(lambda self: (self.high - self.low) ** 2 / 12)

    def rsample(self, sample_shape=()):
        part = rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + part * (self.high - self.low)

    def log_prob(self, value):
        inside = (self.low <= self._checked(value)) & (self.high > value)
        return log(inside.type_as(self.low)) - log(self.high - self.low)

    def cdf(self, value):
        return ((self._checked(value) - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value): return value * (self.high - self.low) + self.low
    def entropy(self): return log(self.high - self.low)

@public("Waiting times for what happens `rate` times in a unit of time.",
        "mg.distributions.Exponential(2.).mean", "tensor(0.5000)")
class Exponential(Family):
    arg_constraints = {"rate": constraints.positive}
    support, has_rsample = constraints.nonnegative, True

    def __init__(self, rate, validate_args=None):
        self.rate, = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    mean = stddev = property(lambda self: 1 / self.rate)
    mode = property(lambda self: zeros_like(self.rate))
    variance = property(lambda self: self.rate ** -2)

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        return empty(shape, dtype=self.rate.dtype).exponential_() / self.rate

    def log_prob(self, value): return log(self.rate) - self.rate * self._checked(value)
    def cdf(self, value): return 1 - exp(-self.rate * self._checked(value))
    def icdf(self, value): return -log1p(-value) / self.rate
    def entropy(self): return 1 - log(self.rate)

@public("The distribution whose density falls by e for each `scale` away from `loc`.",
        "mg.distributions.Laplace(0., 1.).variance", "tensor(2.)")
class Laplace(_Located):
    variance = property(lambda self: 2 * self.scale ** 2)
    stddev = property(lambda self: math.sqrt(2) * self.scale)

    def rsample(self, sample_shape=()):
        shape, eps = self._extended_shape(sample_shape), finfo(self.loc.dtype).eps
        u = empty(shape, dtype=self.loc.dtype).uniform_(eps - 1, 1)
        return self.loc - self.scale * sign(u) * log1p(-abs(u))

    def log_prob(self, value):
        return -log(2 * self.scale) - abs(self._checked(value) - self.loc) / self.scale

    def cdf(self, value):
        away = self._checked(value) - self.loc
        return 0.5 - 0.5 * sign(away) * expm1(-abs(away) / self.scale)

    def icdf(self, value):
        term = value - 0.5
        return self.loc - self.scale * sign(term) * log1p(-2 * abs(term))

    def entropy(self): return 1 + log(2 * self.scale)

@public("The quotient of two normal numbers, moved and widened; it has no mean.",
        "mg.distributions.Cauchy(0., 1.).mean", "tensor(nan)")
class Cauchy(_Located):
    mean = property(lambda self: everywhere(math.nan, self.loc, self._extended_shape()))
    variance = property(lambda self: everywhere(math.inf, self.loc, self._extended_shape()))

    def rsample(self, sample_shape=()):
        noise = empty(self._extended_shape(sample_shape), dtype=self.loc.dtype).cauchy_()
        return self.loc + noise * self.scale

    def log_prob(self, value):
        away = (self._checked(value) - self.loc) / self.scale
        return -math.log(math.pi) - log(self.scale) - log1p(away ** 2)

    def cdf(self, value):
        return atan((self._checked(value) - self.loc) / self.scale) / math.pi + 0.5

    def icdf(self, value): return tan(math.pi * (value - 0.5)) * self.scale + self.loc
    def entropy(self): return math.log(4 * math.pi) + log(self.scale)

@public("The distribution of the largest of many numbers: −log(−log u) for uniform u.",
        "mg.distributions.Gumbel(0., 1.).mean", "tensor(0.5772)")
class Gumbel(_Located):
    mean = property(lambda self: self.loc + self.scale * EULER)
    stddev = property(lambda self: math.pi / math.sqrt(6) * self.scale)
    variance = property(lambda self: self.stddev ** 2)

    @property
    def base_dist(self):
        """Uniform between the two numbers next to 0 and 1."""
        info, like = finfo(self.loc.dtype), self.loc.detach()
        return Uniform(full_like(like, info.tiny), full_like(like, 1 - info.eps), False)

    def rsample(self, sample_shape=()): return self._of(self.base_dist.rsample(sample_shape))
    def _of(self, u): return self.loc + -self.scale * log(-log(u))

    def log_prob(self, value):
        y = (self.loc - self._checked(value)) / self.scale
        return y - exp(y) - log(self.scale)

    def cdf(self, value):
        u = exp(-exp((self._checked(value) - self.loc) / -self.scale))
        base = self.base_dist
        return ((u - base.low) / (base.high - base.low)).clamp(min=0, max=1)

    def icdf(self, value): return self._of(self.base_dist.icdf(value))
    def entropy(self): return log(self.scale) + (1 + EULER)
