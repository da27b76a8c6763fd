"""minigrad: PyTorch's core, small enough to read. `import minigrad as torch` runs ordinary code."""
# ruff: noqa: E402, F401, F403
import os as _os

from . import memory

if _os.environ.get("MINIGRAD_MALLOC") != "0":       # memory.py says what for, and measured it
    memory.keep_freed_memory()

if _os.environ.get("MINIGRAD_QUIET") == "1":        # as the course asks for its notebooks
    import warnings as _warnings                    # numpy's, of overflows, name only our own lines
    _warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\.")

from importlib.util import find_spec as _find_spec
from math import e, inf, nan, pi

from . import (anomaly, autograd, convolution, create, functions, gradcheck, graph, nn, ops, optim,
               random, shape, utils)
from .anomaly import detect_anomaly
from .create import (arange, as_tensor, empty, empty_like, eye, from_numpy, full, linspace, ones,
                     ones_like, tensor, zeros, zeros_like)
from .device import contiguous_format, device, preserve_format, strided
from .dtypes import DTYPES as _DTYPES, Size, dtype
from .functions import (abs, add, all, allclose, amax, amin, any, argmax, argmin, clamp, clone, cos,
                        div, eq, equal, exp, ge, gt, le, log, log1p, log_softmax, logsumexp, lt,
                        matmul, max, maximum, mean, min, minimum, mul, ne, neg, pow, relu, sigmoid,
                        sign, sin, softmax, sqrt, std, sub, sum, tanh, var, where)
from .grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .random import (Generator, default_generator, manual_seed, rand, rand_like, randint, randn,
                     randn_like, randperm)
from .serialization import load, save
from .shape import (broadcast_to, cat, flatten, permute, reshape, squeeze, stack, transpose,
                    unsqueeze)
from .tensor import Tensor

bool, uint8, int8, int16, int32, int64, float16, float32, float64 = _DTYPES.values()
short, int, long, half, float, double = int16, int32, int64, float16, float32, float64

__version__ = "0.1.0"

if _find_spec(f"{__name__}.catalog"):               # without that folder, the core works alone
    from .catalog import *
