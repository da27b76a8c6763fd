"""Neural networks: modules with parameters, layers, losses, first values; `functional` holds the arithmetic."""
from . import functional as functional, init as init
from .activation import ReLU as ReLU, Sigmoid as Sigmoid, Softmax as Softmax, Tanh as Tanh
from .container import ModuleList as ModuleList, Sequential as Sequential
from .conv import Conv2d as Conv2d, MaxPool2d as MaxPool2d
from .linear import Flatten as Flatten, Identity as Identity, Linear as Linear
from .loss import BCELoss as BCELoss, BCEWithLogitsLoss as BCEWithLogitsLoss
from .loss import CrossEntropyLoss as CrossEntropyLoss, MSELoss as MSELoss
from .module import Module as Module, Parameter as Parameter
