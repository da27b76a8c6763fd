"""Optimizers: how parameters follow their gradients."""
# ruff: noqa: F401, F403
from typing import TYPE_CHECKING

from . import lr_scheduler
from .adam import Adam, AdamW
from .optimizer import Optimizer
from .sgd import SGD

if TYPE_CHECKING:
    from ..catalog.optim import *
