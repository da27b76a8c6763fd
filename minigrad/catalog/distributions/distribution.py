"""What all distributions share: shapes, drawing, and the checks of parameters and values."""
import warnings

import numpy as np

from ...create import empty, tensor
from ...grad_mode import enable_grad, no_grad
from ...graph import TensorBase
from ...functions import softmax
from ...ops import exp, log, log1p, sigmoid
from ...shape import broadcast_to
from ..arrange import broadcast_tensors
from ..types import finfo, get_default_dtype


def _lacks(name):
    def method(self, *_, **__):
        raise NotImplementedError(f"{type(self).__name__} does not implement {name}")
    return method


class Distribution:
    """The base of distributions: `batch_shape` of independent ones, each sample of `event_shape`.

    A subclass says which `arg_constraints` its parameters have and what its `support` is, and
    gives `rsample` or `sample`, `log_prob` and what else it knows.

    >>> normal = mg.distributions.Normal(mg.zeros(3), 1.)
    >>> tuple(normal.batch_shape), tuple(normal.event_shape), tuple(normal.sample((2,)).shape)
    ((3,), (), (2, 3))
    """

    has_rsample = has_enumerate_support = False
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value):
        """Whether parameters and values are checked where `validate_args` is not given."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: expected True or False, got {value!r}")
        Distribution._validate_args = value

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        self._batch_shape, self._event_shape = batch_shape, event_shape
        if validate_args is not None:
            self._validate_args = validate_args
        for name, constraint in self._to_check():
            lazy = isinstance(getattr(type(self), name, None), lazy_property)
            if lazy and name not in vars(self) or constraint is dependent:
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                    f"{constraint!r}, but found invalid values:\n{value}")

    def _to_check(self):
        if not self._validate_args:
            return ()
        try:
            return self.arg_constraints.items()
        except NotImplementedError:
            warnings.warn(f"{type(self)} does not define `arg_constraints`. Please set "
                          "`arg_constraints = {}` or initialize the distribution with "
                          "`validate_args=False` to turn off validation.", stacklevel=4)
            return ()

    batch_shape = property(lambda self: self._batch_shape, doc="The shape of the parameters.")
    event_shape = property(lambda self: self._event_shape, doc="The shape of one sample.")

    arg_constraints, support, mean, mode, variance = (
        property(_lacks(name)) for name in "arg_constraints support mean mode variance".split())
    rsample, log_prob, cdf, icdf, entropy, enumerate_support, expand = map(
        _lacks, "rsample log_prob cdf icdf entropy enumerate_support expand".split())
    stddev = property(lambda self: self.variance.sqrt(), doc="The square root of the variance.")

    def sample(self, sample_shape=()):
        """Samples of shape `sample_shape + batch_shape + event_shape`, without gradients."""
        with no_grad():
            return self.rsample(sample_shape)

    def sample_n(self, n):
        """`sample((n,))`, as it was called once."""
        warnings.warn("`sample_n(n)` will be deprecated. Use `sample((n,))` instead.",
                      FutureWarning, stacklevel=2)
        return self.sample((n,))

    def perplexity(self): return exp(self.entropy())

    def _extended_shape(self, sample_shape=()):
        return (*sample_shape, *self._batch_shape, *self._event_shape)

    def _validate_sample(self, value):
        if not isinstance(value, TensorBase):
            raise ValueError("The value argument to log_prob must be a Tensor")
        shape, expected = tuple(value.shape), self._extended_shape()
        event = tuple(self._event_shape)
        if shape[len(shape) - len(event):] != event:
            raise ValueError("The right-most size of value must match event_shape: "
                             f"{value.shape} vs {self._event_shape}.")
        if any(1 not in (i, j) and i != j for i, j in zip(shape[::-1], expected[::-1])):
            raise ValueError("Value is not broadcastable with batch_shape+event_shape: "
                             f"{value.shape} vs {expected}.")
        if not self.support.check(value).all():
            raise ValueError(f"Expected value argument ({type(value).__name__} of shape {shape}) "
                             f"to be within the support ({self.support!r}) of the distribution "
                             f"{self!r}, but found invalid values:\n{value}")

    def __repr__(self):
        given = {name: vars(self)[name] for name in self.arg_constraints if name in vars(self)}
        said = (f"{name}: {x if x.numel() == 1 else x.shape}" for name, x in given.items())
        return f"{type(self).__name__}({', '.join(said)})"


class Family(Distribution):
    """A distribution that is known by the tensors among its `arg_constraints`."""

    def expand(self, batch_shape, _instance=None):
        """The same distribution, its parameters seen in a larger batch; no memory is copied."""
        new = object.__new__(type(self)) if _instance is None else _instance
        vars(new).update(vars(self), _batch_shape=tuple(batch_shape))
        for name in self.arg_constraints:
            if name in vars(self):
                x = vars(self)[name]
                rest = x.shape[len(self._batch_shape):]
                vars(new)[name] = broadcast_to(x, (*batch_shape, *rest))
        return new

    @property
    def _param(self):
        """Where parameters have two forms, one of them."""
        return next(vars(self)[name] for name in self.arg_constraints if name in vars(self))

    param_shape = property(lambda self: self._param.shape)

    def _checked(self, value):
        if self._validate_args:
            self._validate_sample(value)
        return value


class lazy_property:
    """A property that is computed when it is first asked for, with gradients, and kept."""

    def __init__(self, compute):
        self.compute, self.__doc__ = compute, compute.__doc__

    def __set_name__(self, owner, name): self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        with enable_grad():
            value = vars(instance)[self.name] = self.compute(instance)
        return value


dependent = object()                       # a constraint that only an instance could know

def broadcast_all(*values):
    """Numbers and tensors as tensors of one shape; numbers take the first tensor's dtype."""
    if not all(isinstance(x, (TensorBase, int, float)) for x in values):
        raise ValueError("Input arguments must all be instances of Number or Tensor, got "
                         f"{[type(x).__name__ for x in values]}")
    dtype = next((x.dtype for x in values if isinstance(x, TensorBase)), get_default_dtype())
    return broadcast_tensors(*(x if isinstance(x, TensorBase) else tensor(x, dtype=dtype)
                               for x in values))

def standard_normal(shape, dtype): return empty(shape, dtype=dtype).normal_()

def logits_to_probs(logits, is_binary=False):
    """Probabilities from log-odds, or along the last axis from their logarithms."""
    return sigmoid(logits) if is_binary else softmax(logits, dim=-1)

def clamp_probs(probs):
    """Probabilities kept away from 0 and 1, whose logarithms would be infinite."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)

def probs_to_logits(probs, is_binary=False):
    """The inverse of logits_to_probs."""
    kept = clamp_probs(probs)
    return log(kept) - log1p(-kept) if is_binary else log(kept)

def summed(x, count):
    """x with its last `count` axes added up."""
    return x.sum(tuple(range(-count, 0))) if count else x

def everywhere(number, like, shape):
    """One number in a shape, with the dtype of a tensor."""
    return tensor(np.full(shape, number, like.dtype))
