"""PyTorch's torch.distributions: draw samples, ask how likely they are, measure what lies between.

Draws take the same numbers from the generator, in the same order, as PyTorch's.
"""
# ruff: noqa: F401
import re
import sys
from functools import partial

from ..missing import absent as _absent
from . import constraints, continuous, discrete, distribution, joint, kl
from .continuous import Cauchy, Exponential, Gumbel, HalfNormal, Laplace, LogNormal, Normal, Uniform
from .discrete import (Bernoulli, Categorical, Geometric, Multinomial, OneHotCategorical,
                       OneHotCategoricalStraightThrough)
from .distribution import Distribution
from .joint import Independent, MultivariateNormal
from .kl import kl_divergence, register_kl

__all__ = [name for name, thing in vars().items() if isinstance(thing, type)]
__all__ += ["kl_divergence", "register_kl", "constraints"]

__getattr__ = partial(_absent, "distributions")

# PyTorch has a module for each: `from torch.distributions.normal import Normal` finds it here
sys.modules["minigrad.distributions"] = sys.modules[__name__]
for _module in (constraints, continuous, discrete, distribution, joint, kl):
    for _name, _thing in vars(_module).items():
        if isinstance(_thing, type) and _thing.__module__ == _module.__name__:
            _name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _name).lower()
            sys.modules.setdefault(f"minigrad.distributions.{_name}", _module)
sys.modules |= {"minigrad.distributions.constraints": constraints, "minigrad.distributions.kl": kl,
                "minigrad.distributions.utils": distribution}
