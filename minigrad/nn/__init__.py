"""Neural networks: modules with parameters, layers, losses, first values; a file each family."""
# ruff: noqa: F401, F403
from typing import TYPE_CHECKING

from . import functional, init
from .activation import LogSigmoid, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Softsign, Tanh
from .attention import MultiheadAttention
from .container import ModuleList, Sequential
from .conv import Conv2d
from .dropout import Dropout
from .linear import Flatten, Identity, Linear
from .loss import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from .module import Module, Parameter
from .pool import MaxPool2d
from .resize import Upsample

if TYPE_CHECKING:
    from ..catalog.nn import *
