"""The rest of torch.optim; importing it adds the names to minigrad.optim and its lr_scheduler."""
from ... import optim as core
from ..register import own, register
from . import adagrad, lbfgs, lr_scheduler, rmsprop
from .adagrad import Adagrad as Adagrad
from .lbfgs import LBFGS as LBFGS
from .rmsprop import RMSprop as RMSprop

register(core, Adagrad, LBFGS, RMSprop)
register(core.lr_scheduler, *own(lr_scheduler, type))
