"""The rest of torch.nn; importing it adds the names to minigrad.nn, its functional and Module."""
# ruff: noqa: F401, F403
import sys
from types import FunctionType
from typing import TYPE_CHECKING

from ... import nn as core
from ..register import register
from . import (activation, average, bags, container, dropout, embedding, hooks, images,
               init, linear, loss, module, norm, parametrizations, parametrize, patches, recurrent,
               reparametrized, resample, rms, rnn, signals, standardize, state, transformer, utils)

if TYPE_CHECKING:
    from .activation import *
    from .average import *
    from .bags import *
    from .container import *
    from .dropout import *
    from .embedding import *
    from .images import *
    from .linear import *
    from .loss import *
    from .norm import *
    from .recurrent import *
    from .patches import *
    from .resample import *
    from .rms import *
    from .signals import *
    from .standardize import *
    from .transformer import *

for family in (activation, average, bags, container, dropout, embedding, images, linear,
               loss, norm, patches, recurrent, resample, rms, signals, standardize, transformer):
    register(core, family)
    register(core.functional, family, FunctionType)
for methods in (hooks, module, state):
    register(core.Module, methods, FunctionType)
register(utils, reparametrized, FunctionType)
core.utils = sys.modules["minigrad.nn.utils"] = utils         # to import it
utils.parametrizations, utils.parametrize, utils.rnn = parametrizations, parametrize, rnn
for part in (parametrizations, parametrize, rnn):
    sys.modules[part.__name__.replace("catalog.nn", "nn.utils")] = part

from . import lazy, older                           # of the layers that are registered by now

register(core, lazy)
core.lazy = lazy
