"""Operations of one's own and whole derivatives; importing it adds them to minigrad.autograd."""
import sys

from ... import autograd as core
from . import function, functional

core.function, core.functional, core.Function = function, functional, function.Function
sys.modules |= {f"{core.__name__}.function": function, f"{core.__name__}.functional": functional}
