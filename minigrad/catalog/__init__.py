"""The rest of PyTorch's names by family, to look up: short compositions over the core.

No chapter needs them, and the core never imports this folder: `import minigrad` ends with
`from .catalog import *`. Each name is declared once, in its row (public.py); here, the functions
among them become names of minigrad and the methods become Tensor's.
"""
# ruff: noqa: E402, F403
import sys

from ..printing import return_types
from ..public import publish
from . import nodes                          # first: the names of what the others declare
from . import (arrange, create, diagonals, elementwise, gamma, indexing, linalg, matrices, places,
               products, random, reductions, sorting, special, statistics, storage, switches,
               tensors, testing, types)

__all__ = ["GradScaler", "autocast", "backends", "cuda", "distributions", "finfo", "iinfo",
           "inference_mode", "is_inference_mode_enabled", "linalg", "newaxis", "return_types",
           "safetensors", "special", "vmap"]
for _family in (arrange, create, diagonals, elementwise, gamma, indexing, matrices, places,
                products, random, reductions, sorting, statistics, storage, switches, tensors,
                types):
    _family.__all__ = publish(vars(_family))
    __all__ += _family.__all__

from .amp import GradScaler, autocast
from .arrange import *
from .autograd.modes import inference_mode, is_inference_mode_enabled
from .create import *
from .devices import backends, cuda
from .diagonals import *
from .elementwise import *
from .gamma import *
from .indexing import *
from .matrices import *
from .places import *
from .products import *
from .random import *
from .reductions import *
from .sorting import *
from .statistics import *
from .storage import *
from .switches import *
from .switches import newaxis
from .tensors import *
from .types import *
from .types import finfo, iinfo

from .files import safetensors

sys.modules |= {"minigrad.linalg": linalg, "minigrad.safetensors": safetensors,
                "minigrad.special": special}                  # to import them

from . import (autograd, checkpoint, data, datasets, distributions, files, func, nn, operators,
               optim)                                         # which add themselves
from .func import vmap

# Of torch.nn.functional, what PyTorch has beside it, too
_beside = """adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d celu channel_shuffle conv1d conv2d
conv_transpose1d conv_transpose2d cosine_similarity group_norm layer_norm max_pool1d max_pool2d
pairwise_distance pixel_shuffle pixel_unshuffle prelu selu threshold""".split()
globals().update((name, getattr(nn.core.functional, name)) for name in _beside)
__all__ += _beside

from . import calls, paths                                    # when all names are in their places

_own = {name: globals()[name] for name in __all__}
_called = calls.renewed({**vars(sys.modules["minigrad"]), **_own, **calls.FULLER})
globals().update(_called)
__all__ += _called
