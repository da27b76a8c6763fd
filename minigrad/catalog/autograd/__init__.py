"""Operations of one's own and whole derivatives; importing it adds them to minigrad.autograd."""
import sys
from types import FunctionType

from ... import autograd as core
from ..register import register
from . import decorators as decorators, function, functional, modes, variable

core.function, core.functional, core.Function = function, functional, function.Function
for _family in (modes, variable):
    register(core, _family, (type, FunctionType))
sys.modules |= {f"{core.__name__}.function": function, f"{core.__name__}.functional": functional}
