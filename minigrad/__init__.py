"""minigrad: PyTorch's core, small enough to read in an afternoon. `import minigrad as torch` runs ordinary code."""
import warnings

# Infinities and NaNs are answers here, as in PyTorch; numpy's warnings about them would only name our own lines.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"minigrad\.")

# ruff: noqa: E402, F401
from . import anomaly, autograd, convolution, create, functions, gradcheck, graph, nn, ops, optim, shape, utils
from .anomaly import detect_anomaly
from .create import (Generator, arange, as_tensor, empty, eye, from_numpy, full, full_like, linspace, manual_seed, ones,
                     ones_like, rand, randint, randn, randperm, tensor, zeros, zeros_like)
from .dtypes import (BOOL as bool, FLOAT16 as float16, FLOAT32 as float32, FLOAT64 as float64, INT8 as int8,
                     INT16 as int16, INT32 as int32, INT64 as int64, UINT8 as uint8)
from .functions import (abs, add, all, allclose, amax, amin, any, argmax, argmin, clamp, clone, cos, div, eq, equal, exp,
                        ge, gt, le, log, log1p, log_softmax, logsumexp, lt, matmul, max, maximum, mean, min, minimum, mul,
                        ne, neg, pow, relu, sigmoid, sign, sin, softmax, sqrt, std, sub, sum, tanh, var, where)
from .graph import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .shape import (broadcast_to, cat, flatten, permute, reshape, split, squeeze, stack, take_along_dim, transpose,
                    unsqueeze)
from .serialization import load, save
from .tensor import Tensor

long, float, double = int64, float32, float64

__version__ = "0.1.0"
