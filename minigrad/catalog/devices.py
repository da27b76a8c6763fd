"""`cuda` and `backends`: they answer what scripts for several devices ask."""
import sys
from types import ModuleType, SimpleNamespace


def _module(name, **names):
    """A module of this file, so that `import torch.cuda` finds it too."""
    module = sys.modules[f"minigrad.{name}"] = ModuleType(f"minigrad.{name}")
    vars(module).update(names, __file__=__file__)
    return module

def _nothing(*_): pass

cuda = _module("cuda", is_available=lambda: False, device_count=lambda: 0, synchronize=_nothing,
               empty_cache=_nothing, manual_seed=_nothing, manual_seed_all=_nothing)
backends = _module(
    "backends", mps=SimpleNamespace(is_available=lambda: False, is_built=lambda: False),
    cudnn=SimpleNamespace(enabled=False, benchmark=False, deterministic=True,
                          is_available=lambda: False))
