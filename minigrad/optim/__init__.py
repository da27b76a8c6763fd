"""Optimizers: how parameters follow their gradients."""
from typing import TYPE_CHECKING

from . import lr_scheduler as lr_scheduler
from .adam import Adam as Adam, AdamW as AdamW
from .optimizer import Optimizer as Optimizer
from .sgd import SGD as SGD

if TYPE_CHECKING:
    from ..catalog.optim import LBFGS as LBFGS, Adagrad as Adagrad, RMSprop as RMSprop
