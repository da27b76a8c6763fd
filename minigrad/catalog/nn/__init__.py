"""The rest of torch.nn; importing it adds the names to minigrad.nn and minigrad.nn.functional."""
# ruff: noqa: F401, F403
from typing import TYPE_CHECKING

from ... import nn as core
from ..register import own, register
from . import activation, container, images, linear, loss, norm, utils

if TYPE_CHECKING:
    from .activation import *
    from .container import *
    from .images import *
    from .linear import *
    from .loss import *
    from .norm import *

for family in (activation, container, images, linear, loss, norm):
    register(core, *own(family, type))
    register(core.functional, *(x for x in own(family) if not isinstance(x, type)))
register(core.utils, *own(utils))
