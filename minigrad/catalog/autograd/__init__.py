"""Operations of one's own and whole derivatives; importing it adds them to minigrad.autograd."""
import sys

from ... import autograd as core
from . import decorators, function, functional, variable

core.function, core.functional, core.Function = function, functional, function.Function
for _thing in (variable.Variable, variable.set_detect_anomaly, variable.is_anomaly_enabled):
    setattr(core, _thing.__name__, _thing)
sys.modules |= {f"{core.__name__}.function": function, f"{core.__name__}.functional": functional}
