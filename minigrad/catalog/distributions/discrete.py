"""Distributions of whole numbers and of choices."""
import math

from ...create import arange, empty, eye, ones_like, zeros, zeros_like
from ...functions import argmax, logsumexp, where
from ...grad_mode import no_grad
from ...nn.embedding import one_hot
from ...nn.loss import binary_cross_entropy_with_logits
from ...ops import exp, floor, log, log1p
from ...public import public, refuse
from ..arrange import broadcast_tensors
from ..gamma import lgamma
from ..random import bernoulli, multinomial
from ..types import finfo
from . import constraints
from .distribution import (Family, broadcast_all, everywhere, lazy_property, logits_to_probs,
                           probs_to_logits)

def _one_of(probs, logits):
    """The name of the one that is given."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    return "logits" if probs is None else "probs"

class _Chance(Family):
    """A distribution with one probability, or its log-odds."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}

    def __init__(self, probs=None, logits=None, validate_args=None):
        name = _one_of(probs, logits)
        vars(self)[name], = broadcast_all(logits if probs is None else probs)
        super().__init__(self._param.shape, validate_args=validate_args)

    probs = lazy_property(lambda self: logits_to_probs(self.logits, is_binary=True))
    logits = lazy_property(lambda self: probs_to_logits(self.probs, is_binary=True))

@public("1 with probability `probs` (or with log-odds `logits`), else 0.",
        "mg.distributions.Bernoulli(0.3).log_prob(mg.tensor(1.)).exp()", "tensor(0.3000)")
class Bernoulli(_Chance):
    support, has_enumerate_support = constraints.boolean, True
    mean = property(lambda self: self.probs)
    variance = property(lambda self: self.probs * (1 - self.probs))

    @property
    def mode(self):
        return where(self.probs == 0.5, math.nan, (self.probs >= 0.5).type_as(self.probs))

    def sample(self, sample_shape=()):
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value):
        logits, value = broadcast_all(self.logits, self._checked(value))
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self):
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand=True):
        return _listed(self, arange(2, dtype=self._param.dtype), expand)

@public("How many times it fails before it succeeds, with probability `probs` each time.",
        "mg.distributions.Geometric(0.25).mean", "tensor(3.)")
class Geometric(_Chance):
    support = constraints.nonnegative_integer

    def __init__(self, probs=None, logits=None, validate_args=None):
        super().__init__(probs, logits, validate_args)
        if self._validate_args and probs is not None and not (self.probs > 0).all():
            raise ValueError(f"Expected parameter probs (Tensor of shape {tuple(self.probs.shape)})"
                             f" of distribution {self!r} to be positive but found invalid "
                             f"values:\n{self.probs}")

    mean = property(lambda self: 1 / self.probs - 1)
    mode = property(lambda self: zeros_like(self.probs))
    variance = property(lambda self: (1 / self.probs - 1) / self.probs)

    def sample(self, sample_shape=()):
        shape, dtype = self._extended_shape(sample_shape), self.probs.dtype
        with no_grad():
            u = empty(shape, dtype=dtype).uniform_(finfo(dtype).tiny, 1)
            return floor(log(u) / log1p(-self.probs))

    def log_prob(self, value):
        value, probs = broadcast_all(self._checked(value), self.probs)
        sure = (probs == 1) & (value == 0)                    # 0 · log 0 counts as 0
        return value * log1p(-where(sure, 0, probs)) + log(self.probs)

    def entropy(self):
        chance = binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
        return chance / self.probs

def _listed(distribution, values, expand):
    """All values along a new first axis, repeated for each distribution of the batch."""
    batch, event = tuple(distribution.batch_shape), values.shape[1:]
    values = values.reshape(-1, *[1] * len(batch), *event)
    return values.expand(-1, *batch, *event) if expand else values

class _Choice(Family):
    """One of n, by their probabilities or the logarithms of these along the last axis."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(self, probs=None, logits=None, validate_args=None):
        name = _one_of(probs, logits)
        x = logits if probs is None else probs
        refuse(x.ndim < 1, f"`{name}` parameter must be at least one-dimensional.", ValueError)
        vars(self)[name] = (x - logsumexp(x, dim=-1, keepdim=True) if probs is None else
                            x / x.sum(-1, keepdim=True))
        self._num_events = x.shape[-1]
        event_shape = x.shape[-1:] if self._vectors else ()
        super().__init__(x.shape[:-1], event_shape, validate_args=validate_args)

    _vectors = True
    probs = lazy_property(lambda self: logits_to_probs(self.logits))
    logits = lazy_property(lambda self: probs_to_logits(self.probs))

    def _drawn(self, sample_shape):
        rows, count = self.probs.reshape(-1, self._num_events), math.prod(sample_shape)
        shape = (*sample_shape, *self._batch_shape)
        return multinomial(rows, count, True).T.reshape(shape)

    def _chosen(self, value):
        value, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def _uncertainty(self):
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

@public("A whole number from 0 up, each with its own probability.",
        "mg.distributions.Categorical(mg.tensor([1., 3.])).probs", "tensor([0.2500, 0.7500])")
class Categorical(_Choice):
    has_enumerate_support, _vectors = True, False
    support = property(lambda self: constraints.integer_interval(0, self._num_events - 1))
    mean = variance = property(
        lambda self: everywhere(math.nan, self.probs, self._extended_shape()))
    mode = property(lambda self: argmax(self.probs, dim=-1))

    def sample(self, sample_shape=()): return self._drawn(sample_shape)
    def log_prob(self, value): return self._chosen(self._checked(value))
    def entropy(self): return self._uncertainty()

    def enumerate_support(self, expand=True):
        return _listed(self, arange(self._num_events), expand)

@public("The choices of Categorical, each as a vector with one 1.",
        "mg.distributions.OneHotCategorical(mg.tensor([1., 3.])).mode", "tensor([0., 1.])")
class OneHotCategorical(_Choice):
    support, has_enumerate_support = constraints.one_hot, True
    mean = property(lambda self: self.probs)
    variance = property(lambda self: self.probs * (1 - self.probs))
    mode = property(lambda self: self._as_vector(argmax(self.probs, dim=-1)))

    def _as_vector(self, x): return one_hot(x, self._num_events).type_as(self.probs)
    def sample(self, sample_shape=()): return self._as_vector(self._drawn(sample_shape))
    def log_prob(self, value): return self._chosen(argmax(self._checked(value), dim=-1))
    def entropy(self): return self._uncertainty()

    def enumerate_support(self, expand=True):
        return _listed(self, eye(self._num_events, dtype=self._param.dtype), expand)

@public("OneHotCategorical whose samples pass the gradient on to the probabilities.",
        "mg.distributions.OneHotCategoricalStraightThrough(mg.tensor([0., 3.])).rsample()",
        "tensor([0., 1.])")
class OneHotCategoricalStraightThrough(OneHotCategorical):
    has_rsample = True

    def rsample(self, sample_shape=()):
        return self.sample(sample_shape) + (self.probs - self.probs.detach())

@public("How often each of n came up in `total_count` choices.",
        "mg.distributions.Multinomial(4, mg.tensor([1., 3.])).mean", "tensor([1., 3.])")
class Multinomial(_Choice):
    support = property(lambda self: constraints.multinomial(self.total_count))
    mean = property(lambda self: self.probs * self.total_count)
    variance = property(lambda self: self.total_count * self.probs * (1 - self.probs))

    def __init__(self, total_count=1, probs=None, logits=None, validate_args=None):
        refuse(not isinstance(total_count, int),
               "inhomogeneous total_count is not supported", NotImplementedError)
        self.total_count = total_count
        super().__init__(probs, logits, validate_args)

    def sample(self, sample_shape=()):
        chosen = self._drawn((self.total_count, *sample_shape)).movedim(0, -1)
        counts = zeros(self._extended_shape(sample_shape), dtype=chosen.dtype)
        return counts.scatter_add_(-1, chosen, ones_like(chosen)).type_as(self.probs)

    def log_prob(self, value):
        logits, value = broadcast_all(self.logits, self._checked(value))
        logits = where((value == 0) & (logits == -math.inf), 0, logits)      # 0 · log 0 is 0
        ways = lgamma(value.sum(-1) + 1) - lgamma(value + 1).sum(-1)
        return ways + (logits * value).sum(-1)

    def entropy(self):
        n, p = self.total_count, self.probs
        k = arange(1, n + 1, dtype=p.dtype).reshape(-1, *[1] * p.ndim)
        ways = math.lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        often = exp(ways + k * log(p) + where(k == n, 0, (n - k) * log1p(-p)))
        return n * self._uncertainty() - math.lgamma(n + 1) + (often * lgamma(k + 1)).sum((0, -1))
