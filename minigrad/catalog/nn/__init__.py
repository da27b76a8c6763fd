"""The rest of torch.nn; importing it adds the names to minigrad.nn, its functional and Module."""
# ruff: noqa: F401, F403
import sys
from types import FunctionType
from typing import TYPE_CHECKING

from ... import nn as core
from ..register import register
from . import (activation, attention, average, container, embedding, hooks, images, linear, loss,
               module, norm, rms, signals, standardize, utils)

if TYPE_CHECKING:
    from .activation import *
    from .attention import *
    from .average import *
    from .container import *
    from .embedding import *
    from .images import *
    from .linear import *
    from .loss import *
    from .norm import *
    from .rms import *
    from .signals import *
    from .standardize import *

for family in (activation, attention, average, container, embedding, images, linear, loss, norm,
               rms, signals, standardize):
    register(core, family)
    register(core.functional, family, FunctionType)
for methods in (hooks, module):
    register(core.Module, methods, FunctionType)
core.utils = sys.modules["minigrad.nn.utils"] = utils         # to import it
