"""PyTorch's import paths: modules that lead to where their names live here.

`minigrad.nn.modules.conv.Conv2d` is `minigrad.nn.Conv2d`. A row is a path, the home of its names,
and which of them PyTorch keeps there. Importing this file puts them in their places.
"""
import sys
from fnmatch import fnmatchcase
from types import ModuleType

import numpy as np

from .. import autograd, gradcheck, hooks, nn, optim, utils
from ..device import device
from ..nn import conv, dropout, loss
from ..tensor import Tensor
from . import storage
from .devices import make_module
from .missing import absent, refuse_by_name
from .nn import standardize

ROOT = sys.modules[__package__.partition(".")[0]]
ROWS = """
nn.modules                     nn       [A-Z]*
nn.modules.activation          nn       *LU *LU6 Hard* *Sigmoid Tanh* Mish *Soft[a-z]* Threshold \
                                        MultiheadAttention
nn.modules.batchnorm           nn       *BatchNorm*
nn.modules.container           nn       Sequential *ModuleList *ModuleDict Parameter?*
nn.modules.conv                nn       *Conv*
nn.modules.distance            nn       PairwiseDistance CosineSimilarity
nn.modules.dropout             nn       *Dropout*
nn.modules.flatten             nn       Flatten Unflatten
nn.modules.fold                nn       Fold Unfold
nn.modules.instancenorm        nn       *InstanceNorm*
nn.modules.linear              nn       Identity *Linear Bilinear
nn.modules.loss                nn       *Loss *Loss2d
nn.modules.module              nn       Module
nn.modules.normalization       nn       LayerNorm GroupNorm RMSNorm *ResponseNorm CrossMapLRN2d
nn.modules.padding             nn       *Pad[123]d
nn.modules.pixelshuffle        nn       Pixel*
nn.modules.pooling             nn       *Pool[123]d *Unpool[123]d
nn.modules.rnn                 nn       RNN* LSTM* GRU*
nn.modules.sparse              nn       Embedding*
nn.modules.transformer         nn       Transformer*
nn.modules.upsampling          nn       Upsampl*
nn.modules.utils               nn
nn.parameter                   nn       Parameter Buffer Uninitialized*
nn.utils.clip_grad             nn.utils clip_grad_*
nn.utils.convert_parameters    nn.utils *_to_*
nn.utils.rnn                   nn.utils *pad_* *pad*sequence* pack_* PackedSequence
utils.data.dataloader          data     DataLoader default_collate default_convert get_worker_info
utils.data.dataset             data     *Dataset Subset random_split
utils.data.sampler             data     *Sampler
utils.data._utils              data
utils.data._utils.collate      data     default_collate default_convert
utils.hooks                    hooks    RemovableHandle
optim.optimizer                optim    Optimizer
optim.adamw                    optim    AdamW
optim.rmsprop                  optim    RMSprop
optim.adagrad                  optim    Adagrad
optim.lbfgs                    optim    LBFGS
optim.adadelta                 optim    Adadelta
optim.adamax                   optim    Adamax
optim.nadam                    optim    NAdam
optim.radam                    optim    RAdam
optim.asgd                     optim    ASGD
optim.rprop                    optim    Rprop
autograd.grad_mode             autograd no_grad enable_grad set_grad_enabled inference_mode
autograd.variable              autograd Variable
autograd.anomaly_mode          autograd detect_anomaly set_detect_anomaly
_tensor                        tensor   Tensor
functional                     torch    atleast_?d broadcast_shapes broadcast_tensors \
                                        cartesian_prod block_diag cdist chain_matmul einsum norm \
                                        meshgrid split tensordot unique* unravel_index
"""
HOMES = {"nn": nn, "nn.utils": nn.utils, "data": utils.data, "hooks": hooks, "optim": optim,
         "autograd": autograd, "tensor": sys.modules[Tensor.__module__], "torch": ROOT}

def _ntuple(n: int):
    """The function that repeats one thing n times, and makes a tuple of several."""
    return lambda x: tuple(x) if hasattr(x, "__iter__") else (x,) * n

PRIVATE = {                                    # names with _ that programs use all the same
    "nn.modules.batchnorm": {"_BatchNorm": standardize._BatchNorm,
                             "_NormBase": standardize.Running},
    "nn.modules.conv": {"_ConvNd": conv.Convolution},
    "nn.modules.dropout": {"_DropoutNd": dropout.Dropping},
    "nn.modules.loss": {"_Loss": loss.Loss},
    "nn.modules.utils": {"_ntuple": _ntuple, "_single": _ntuple(1), "_pair": _ntuple(2),
                         "_triple": _ntuple(3), "_quadruple": _ntuple(4)},
}


class Path(ModuleType):
    """A module of PyTorch's whose names live in another one, its home."""

    def __init__(self, path: str, home: ModuleType, patterns: list[str]):
        super().__init__(f"{ROOT.__name__}.{path}", f"The way to names of {home.__name__}.")
        self.__path__: list = []               # so that modules may stand below it
        self._home, self._patterns = home, patterns

    def _leads_to(self, name: str) -> bool:
        return not name.startswith("_") and any(fnmatchcase(name, p) for p in self._patterns)

    def __dir__(self):
        return sorted({*filter(self._leads_to, dir(self._home)), *vars(self)})

    def __getattr__(self, name):
        if name == "__all__":                  # asked by `from … import *`
            return [name for name in dir(self) if not name.startswith("_")]
        if self._leads_to(name) and name in vars(self._home):
            return vars(self._home)[name]
        return absent(self.__name__.partition(".")[2], name)


def place(path: str, module: ModuleType):
    """Let a module be found at this path below minigrad, unless another one is there already."""
    module = sys.modules.setdefault(f"{ROOT.__name__}.{path}", module)
    parent, _, name = f"{ROOT.__name__}.{path}".rpartition(".")
    if name not in vars(sys.modules[parent]):
        setattr(sys.modules[parent], name, module)
    return module


for _path, _home, *_patterns in map(str.split, ROWS.strip().splitlines()):
    vars(place(_path, Path(_path, HOMES[_home], _patterns))).update(PRIVATE.get(_path, {}))
place("autograd.gradcheck", gradcheck)
make_module("storage", UntypedStorage=storage.UntypedStorage, TypedStorage=storage.TypedStorage)
make_module("utils.dlpack", from_dlpack=storage.from_dlpack, to_dlpack=storage.__dlpack__)
make_module("types", Number=int | float | bool, Device=device | str | int | None,
            _size=tuple[int, ...] | list[int], _device=device, _dtype=np.dtype, _int=int,
            _float=float, _bool=bool, Tensor=Tensor)
make_module("nn.common_types", **{f"_size_{n}_t": int | tuple[(int,) * n] for n in range(1, 7)},
            _size_any_t=int | tuple[int, ...])
refuse_by_name({"": ROOT, "nn": nn, "nn.functional": nn.functional, "nn.utils": nn.utils,
                "nn.init": nn.init, "optim": optim, "optim.lr_scheduler": optim.lr_scheduler,
                "autograd": autograd, "utils": utils, "utils.data": utils.data})
