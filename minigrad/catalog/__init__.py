"""The rest of PyTorch's names by family, to look up: short compositions over the core.

No chapter needs them, and the core never imports this folder: `import minigrad` ends with
`from .catalog import *`. A family declares its names once, and hands methods to Tensor (public.py).
"""
import sys

from . import (arrange, create, diagonals, elementwise, indexing, linalg, matrices, products,
               reductions, sorting, special, types)
from .arrange import *
from .create import *
from .diagonals import *
from .elementwise import *
from .indexing import *
from .matrices import *
from .products import *
from .reductions import *
from .sorting import *
from .special import *
from .types import *

sys.modules |= {"minigrad.linalg": linalg, "minigrad.special": special}     # to import them

from . import nn, optim           # layers, losses and optimizers, which register themselves

FAMILIES = (arrange, create, diagonals, elementwise, indexing, matrices, products, reductions,
            sorting, special, types)
__all__ = ["linalg", "special", *{name: None for one in FAMILIES for name in one.__all__}]
