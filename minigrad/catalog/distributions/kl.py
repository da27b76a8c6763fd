"""How far one distribution is from another: ∫ p log(p / q), in closed form for pairs of kinds.

Their sources: M. Gil, "On Rényi divergence measures for continuous alphabet sources" (2011); for
Cauchy F. Chyzak and F. Nielsen (2019); the others follow from the densities by integration.
"""
import math

from ...functions import where
from ...ops import abs, exp, log, log1p
from ...public import public
from ..elementwise import erf
from ..gamma import lgamma
from ..linalg import solve_triangular
from ..nn.activation import softplus
from .continuous import (EULER, Cauchy, Exponential, Gumbel, HalfNormal, Laplace, LogNormal,
                         Normal, Uniform)
from .discrete import Bernoulli, Categorical, Geometric, OneHotCategorical
from .distribution import summed
from .joint import Independent, MultivariateNormal, half_log_det, mahalanobis

KNOWN = {}

def register_kl(type_p, type_q):
    """Decorator: the function that gives kl_divergence(p, q) for these types and their subclasses.

    >>> mg.distributions.kl.register_kl(mg.distributions.Normal, mg.distributions.Normal).__name__
    'register'
    """
    def register(function):
        KNOWN[type_p, type_q] = function
        return function
    return register

@public("The Kullback–Leibler divergence of q from p, for each distribution of the batch.",
        "p, q = mg.distributions.Normal(0., 1.), mg.distributions.Normal(1., 1.); "
        "mg.distributions.kl_divergence(p, q)", "tensor(0.5000)")
def kl_divergence(p, q):
    for above in type(p).__mro__:
        for other in type(q).__mro__:
            if function := KNOWN.get((above, other)):
                return function(p, q)
    raise NotImplementedError(f"No KL(p || q) is implemented for p type {type(p).__name__} and q "
                              f"type {type(q).__name__}")

# Of one kind

@register_kl(Normal, Normal)
def _normals(p, q):
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - log(ratio))

@register_kl(HalfNormal, HalfNormal)
@register_kl(LogNormal, LogNormal)
def _of_normals(p, q): return _normals(p.base_dist, q.base_dist)

@register_kl(Bernoulli, Bernoulli)
def _bernoullis(p, q):
    ones = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    zeros = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    ones = where(p.probs == 0, 0, where(q.probs == 0, math.inf, ones))
    return ones + where(p.probs == 1, 0, where(q.probs == 1, math.inf, zeros))

@register_kl(Categorical, Categorical)
@register_kl(OneHotCategorical, OneHotCategorical)
def _categoricals(p, q):
    t = p.probs * (p.logits - q.logits)
    return where(p.probs == 0, 0, where(q.probs == 0, math.inf, t)).sum(-1)

@register_kl(Exponential, Exponential)
def _exponentials(p, q):
    ratio = q.rate / p.rate
    return ratio - log(ratio) - 1

@register_kl(Geometric, Geometric)
def _geometrics(p, q): return -p.entropy() - log1p(-q.probs) / p.probs - q.logits

@register_kl(Gumbel, Gumbel)
def _gumbels(p, q):
    ratio, away = p.scale / q.scale, (p.loc - q.loc) / q.scale
    mean = exp(lgamma(1 + ratio) - away)
    return away - log(ratio) + ratio * EULER + mean - (1 + EULER)

@register_kl(Laplace, Laplace)
def _laplaces(p, q):
    ratio, away = p.scale / q.scale, abs(p.loc - q.loc)
    return away / q.scale + ratio * exp(-away / p.scale) - log(ratio) - 1

@register_kl(Cauchy, Cauchy)
def _cauchys(p, q):
    apart = (p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2
    return log(apart) - log(4 * p.scale * q.scale)

@register_kl(Uniform, Uniform)
def _uniforms(p, q):
    outside = (q.low > p.low) | (q.high < p.high)
    return where(outside, math.inf, log((q.high - q.low) / (p.high - p.low)))

@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normals(p, q):
    if p.event_shape != q.event_shape:
        raise ValueError("kl_divergence: expected two MultivariateNormals of one event shape, got "
                         f"{p.event_shape} and {q.event_shape}")
    spread = solve_triangular(q.scale_tril, p.scale_tril, upper=False) ** 2
    distance = mahalanobis(q.scale_tril, q.loc - p.loc)
    sizes = half_log_det(q.scale_tril) - half_log_det(p.scale_tril)
    return sizes + 0.5 * (spread.sum((-2, -1)) + distance - p.event_shape[0])

@register_kl(Independent, Independent)
def _independents(p, q):
    count = p.reinterpreted_batch_ndims
    if count != q.reinterpreted_batch_ndims:
        raise NotImplementedError("kl_divergence: two Independents must reinterpret as many dims, "
                                  f"got {count} and {q.reinterpreted_batch_ndims}")
    return summed(kl_divergence(p.base_dist, q.base_dist), count)

# Of two kinds

def _never_within(p, q):
    """p has values that q cannot have."""
    return 0 * p.mean + math.inf

for _p, _q in ((Exponential, Uniform), (Gumbel, Uniform), (Gumbel, Exponential),
               (Laplace, Uniform), (Laplace, Exponential), (Normal, Uniform),
               (Normal, Exponential)):
    register_kl(_p, _q)(_never_within)

@register_kl(Exponential, Normal)
@register_kl(Laplace, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Uniform, Normal)
def _against_normal(p, q):                  # log q is a square: mean and variance of p suffice
    distance = (p.variance + (p.mean - q.loc) ** 2) / (2 * q.scale ** 2)
    return distance + log(q.scale) + math.log(2 * math.pi) / 2 - p.entropy()

@register_kl(Uniform, Exponential)
def _uniform_exponential(p, q):
    return where(p.low < 0, math.inf, q.rate * p.mean - log(q.rate) - p.entropy())

@register_kl(Exponential, Gumbel)
def _exponential_gumbel(p, q):
    product, place = p.rate * q.scale, q.loc / q.scale
    return log(product) - 1 - place + exp(place) * product / (product + 1) + 1 / product

@register_kl(Normal, Gumbel)
def _normal_gumbel(p, q):
    away = (p.loc - q.loc) / q.scale
    mean = exp((p.scale / q.scale) ** 2 / 2 - away)
    return away + mean + log(q.scale) - p.entropy()

@register_kl(Uniform, Gumbel)
def _uniform_gumbel(p, q):
    low, high = ((x - q.loc) / q.scale for x in (p.low, p.high))
    mean = (exp(-low) - exp(-high)) / (high - low)
    return (high + low) / 2 + mean + log(q.scale) - p.entropy()

@register_kl(Normal, Laplace)
def _normal_laplace(p, q):
    away = (p.loc - q.loc) / p.scale
    mean = math.sqrt(2 / math.pi) * exp(-away ** 2 / 2) + away * erf(away / math.sqrt(2))
    return p.scale * mean / q.scale + log(2 * q.scale) - p.entropy()
