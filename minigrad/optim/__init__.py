"""Optimizers: how parameters follow their gradients."""
from . import lr_scheduler as lr_scheduler
from .adam import Adam as Adam, AdamW as AdamW
from .lbfgs import LBFGS as LBFGS
from .optimizer import Optimizer as Optimizer
from .rmsprop import Adagrad as Adagrad, RMSprop as RMSprop
from .sgd import SGD as SGD
