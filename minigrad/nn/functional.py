"""The functions of all families in one place, as in PyTorch; nothing is computed here."""
# ruff: noqa: F401, F403
from typing import TYPE_CHECKING

from ..functions import log_softmax, sigmoid, softmax, tanh
from .activation import logsigmoid, relu, silu, softsign
from .attention import scaled_dot_product_attention
from .conv import conv2d
from .dropout import dropout
from .embedding import one_hot
from .linear import linear
from .loss import (binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy,
                   mse_loss)
from .pool import max_pool2d
from .resize import interpolate, pad

if TYPE_CHECKING:
    from ..catalog.nn import *
