"""The rest of PyTorch's names by family, to look up: short compositions over the core.

No chapter needs them, and the core never imports this folder: `import minigrad` ends with
`from .catalog import *`. Each name is declared once, in its row (public.py); here, the functions
among them become names of minigrad and the methods become Tensor's.
"""
# ruff: noqa: E402, F403
import sys

from numpy import finfo, iinfo

from ..printing import return_types
from ..public import publish
from . import nodes                          # first: the names of what the others declare
from . import (arrange, create, diagonals, elementwise, indexing, linalg, matrices, places,
               products, random, reductions, sorting, special, storage, switches, tensors, testing,
               types)

__all__ = ["GradScaler", "autocast", "backends", "cuda", "finfo", "iinfo", "inference_mode",
           "is_inference_mode_enabled", "linalg", "newaxis", "return_types", "safetensors", "special",
           "vmap"]
for _family in (arrange, create, diagonals, elementwise, indexing, matrices, places, products,
                random, reductions, sorting, storage, switches, tensors, types):
    _family.__all__ = publish(vars(_family))
    __all__ += _family.__all__

from .amp import GradScaler, autocast
from .arrange import *
from .autograd.modes import inference_mode, is_inference_mode_enabled
from .create import *
from .devices import backends, cuda
from .diagonals import *
from .elementwise import *
from .indexing import *
from .matrices import *
from .places import *
from .products import *
from .random import *
from .reductions import *
from .sorting import *
from .storage import *
from .switches import *
from .switches import newaxis
from .tensors import *
from .types import *

from .files import safetensors

sys.modules |= {"minigrad.linalg": linalg, "minigrad.safetensors": safetensors,
                "minigrad.special": special}                  # to import them

from . import (autograd, checkpoint, data, datasets, files, func, nn, operators,
               optim)                                         # which add themselves
from .func import vmap
from . import paths                                           # when all names are in their places
