"""The rest of torch.nn; importing it adds the names to minigrad.nn and minigrad.nn.functional."""
# ruff: noqa: F401, F403
import sys
from types import FunctionType
from typing import TYPE_CHECKING

from ... import nn as core
from ..register import register
from . import (activation, attention, average, bags, container, images, linear, loss, norm,
               parametrizations, parametrize, reparametrized, rms, rnn, signals, state, utils)

if TYPE_CHECKING:
    from .activation import *
    from .attention import *
    from .average import *
    from .bags import *
    from .container import *
    from .images import *
    from .linear import *
    from .loss import *
    from .norm import *
    from .rms import *
    from .signals import *

for family in (activation, attention, average, bags, container, images, linear, loss, norm, rms,
               signals):
    register(core, family)
    register(core.functional, family, FunctionType)
register(core.utils, utils, FunctionType)
for place, family in ((core.Module, state), (core.utils, reparametrized)):
    for name in family.__all__:
        setattr(place, name, getattr(family, name))
for name, module in (("parametrizations", parametrizations), ("parametrize", parametrize),
                     ("rnn", rnn)):
    setattr(core.utils, name, module)
    sys.modules[f"{core.utils.__name__}.{name}"] = module

from . import lazy                                  # of the layers that are registered by now

register(core, lazy)
core.lazy = lazy
