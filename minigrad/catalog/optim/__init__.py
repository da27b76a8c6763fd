"""The rest of torch.optim; importing it adds the names to minigrad.optim and its lr_scheduler."""
# ruff: noqa: F401, F403
from ... import optim as core
from ..register import register
from . import (adadelta, adagrad, adams, asgd, hooks, lambdas, lbfgs, lr_scheduler, rmsprop, rprop)
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adams import Adamax, NAdam, RAdam
from .asgd import ASGD
from .lbfgs import LBFGS
from .rmsprop import RMSprop
from .rprop import Rprop

for family in (adadelta, adagrad, adams, asgd, lbfgs, rmsprop, rprop):
    register(core, family)
for family in (lambdas, lr_scheduler):
    register(core.lr_scheduler, family)
