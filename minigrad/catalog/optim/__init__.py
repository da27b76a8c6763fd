"""The rest of torch.optim; importing it adds the names to minigrad.optim and its lr_scheduler."""
# ruff: noqa: F401
import sys

from ... import optim as core
from ..register import register
from . import (adadelta, adagrad, adams, asgd, closed, cycles, hooks, lambdas, lbfgs, lr_scheduler,
               rmsprop, rprop, swa_utils)
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adams import Adamax, NAdam, RAdam
from .asgd import ASGD
from .lbfgs import LBFGS
from .rmsprop import RMSprop
from .rprop import Rprop

for family in (adadelta, adagrad, adams, asgd, lbfgs, rmsprop, rprop):
    register(core, family)
for family in (cycles, lambdas, lr_scheduler):
    register(core.lr_scheduler, family)
core.swa_utils = sys.modules[f"{core.__name__}.swa_utils"] = swa_utils
