"""The rest of PyTorch's names by family, to look up: short compositions over the core.

No chapter needs them, and the core never imports this folder: `import minigrad` ends with
`from .catalog import *`. Each name is declared once, in its row (public.py); here, the functions
among them become names of minigrad and the methods become Tensor's.
"""
# ruff: noqa: E402, F403
import sys

from numpy import finfo, iinfo

from ..public import publish
from . import (arrange, create, diagonals, elementwise, indexing, linalg, matrices, places,
               products, reductions, sorting, special, types)

__all__ = ["backends", "cuda", "finfo", "iinfo", "inference_mode", "linalg", "special"]
for _family in (arrange, create, diagonals, elementwise, indexing, matrices, places, products,
                reductions, sorting, types):
    _family.__all__ = publish(vars(_family))
    __all__ += _family.__all__

from .arrange import *
from .autograd.modes import inference_mode
from .create import *
from .devices import backends, cuda
from .diagonals import *
from .elementwise import *
from .indexing import *
from .matrices import *
from .places import *
from .products import *
from .reductions import *
from .sorting import *
from .types import *

sys.modules |= {"minigrad.linalg": linalg, "minigrad.special": special}     # to import them

from . import autograd, data, nn, operators, optim            # which register themselves
