"""The rest of torch.nn; importing it adds the names to minigrad.nn and minigrad.nn.functional."""
# ruff: noqa: F401, F403
from typing import TYPE_CHECKING

from ... import nn as core
from ..register import own, register
from . import (activation, attention, average, container, conv, dropout, linear, loss, norm,
               pool, resize, rms, signals, utils)

if TYPE_CHECKING:
    from .activation import *
    from .attention import *
    from .average import *
    from .container import *
    from .conv import *
    from .dropout import *
    from .linear import *
    from .loss import *
    from .norm import *
    from .pool import *
    from .resize import *
    from .rms import *
    from .signals import *

for family in (activation, attention, average, container, conv, dropout, linear, loss, norm, pool,
               resize, rms, signals):
    register(core, *own(family, type))
    register(core.functional, *(x for x in own(family) if not isinstance(x, type)))
register(core.utils, *own(utils))
