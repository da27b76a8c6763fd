"""The rest of torch.optim; importing it adds the names to minigrad.optim and its lr_scheduler."""
from ... import optim as core
from ..register import register
from . import adagrad, lambdas, lbfgs, lr_scheduler, rmsprop
from .adagrad import Adagrad as Adagrad
from .lbfgs import LBFGS as LBFGS
from .rmsprop import RMSprop as RMSprop

for family in (adagrad, lbfgs, rmsprop):
    register(core, family)
for family in (lambdas, lr_scheduler):
    register(core.lr_scheduler, family)
