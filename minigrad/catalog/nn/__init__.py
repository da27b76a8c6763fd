"""The rest of torch.nn; importing it adds the names to minigrad.nn and minigrad.nn.functional."""
# ruff: noqa: F401, F403
from types import FunctionType
from typing import TYPE_CHECKING

from ... import nn as core
from ..register import register
from . import (activation, attention, average, container, images, linear, loss, norm, patches,
               resample, rms, signals, utils)

if TYPE_CHECKING:
    from .activation import *
    from .attention import *
    from .average import *
    from .container import *
    from .images import *
    from .linear import *
    from .loss import *
    from .norm import *
    from .patches import *
    from .resample import *
    from .rms import *
    from .signals import *

for family in (activation, attention, average, container, images, linear, loss, norm, patches,
               resample, rms, signals):
    register(core, family)
    register(core.functional, family, FunctionType)
register(core.utils, utils, FunctionType)
