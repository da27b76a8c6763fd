"""PyTorch's switches of the whole process, and what programs ask of the installation.

What cannot change a number here (threads, precision of products, deterministic algorithms) is kept
and told again: minigrad computes each result in one way.
"""
import os
import sys
import warnings

import numpy as np

from ..graph import TensorBase
from ..public import public, refuse
from .devices import make_module

newaxis = None
_now = {"threads": os.cpu_count() or 1, "interop": os.cpu_count() or 1, "precision": "highest",
        "deterministic": False, "warn_only": False, "warn_always": False}

def _kept(key, does, example, gives):
    """The question about one of the switches."""
    @public(does, example, gives, "f")
    def function():
        return _now[key]
    return function

def _counted(name, key):
    """Keep a number of threads."""
    @public("Keep this number, at least 1. numpy's own threads are chosen before it is imported,\n"
            "by OPENBLAS_NUM_THREADS and its kin.", f"mg.{name}(2) is None", "True", "f")
    def function(num):
        whole = isinstance(num, int) and not isinstance(num, bool)
        refuse(not whole or num < 1, f"{name}: expected a positive integer, got {num!r:.40}")
        _now[key] = num
    function.__name__ = function.__qualname__ = name
    return function

set_num_threads = _counted("set_num_threads", "threads")
set_num_interop_threads = _counted("set_num_interop_threads", "interop")
get_num_threads = _kept("threads", "The number that set_num_threads was given, at first that of "
                        "the processors.", "mg.set_num_threads(2); mg.get_num_threads()", "2")
get_num_interop_threads = _kept(
    "interop", "The number that set_num_interop_threads was given.",
    "mg.set_num_interop_threads(2); mg.get_num_interop_threads()", "2")

@public("Keep the wish: minigrad's operations are deterministic in any case.",
        "mg.use_deterministic_algorithms(False) is None", "True", "f")
def use_deterministic_algorithms(mode, *, warn_only=False):
    refuse(not isinstance(mode, bool) or not isinstance(warn_only, bool),
           f"use_deterministic_algorithms: expected True or False, got {mode!r:.40}", TypeError)
    _now.update(deterministic=mode, warn_only=warn_only)

are_deterministic_algorithms_enabled = _kept(
    "deterministic", "What use_deterministic_algorithms was told.",
    "mg.are_deterministic_algorithms_enabled()", "False")
is_deterministic_algorithms_warn_only_enabled = _kept(
    "warn_only", "What use_deterministic_algorithms was told of warnings.",
    "mg.is_deterministic_algorithms_warn_only_enabled()", "False")

@public('"highest", "high" or "medium": kept; products of float32 are always computed in float32.',
        'mg.set_float32_matmul_precision("highest") is None', "True", "f")
def set_float32_matmul_precision(precision):
    if precision not in ("highest", "high", "medium"):
        return warnings.warn(f"{precision} is not one of 'highest', 'high', or 'medium'; the call "
                             "has no effect.", stacklevel=2)
    _now["precision"] = precision

get_float32_matmul_precision = _kept(
    "precision", "What set_float32_matmul_precision was told.",
    "mg.get_float32_matmul_precision()", "'highest'")

@public("Keep the wish: minigrad's warnings go through Python's filters, which decide.",
        "mg.set_warn_always(False) is None", "True", "f")
def set_warn_always(b):
    refuse(not isinstance(b, bool), f"set_warn_always: expected a bool, got {b!r:.40}")
    _now["warn_always"] = b

is_warn_always_enabled = _kept("warn_always", "What set_warn_always was told.",
                               "mg.is_warn_always_enabled()", "False")

@public("False: numpy keeps numbers near 0 as they are, and cannot be told to flush them.",
        "mg.set_flush_denormal(True)", "False", "f")
def set_flush_denormal(mode) -> bool: return False

@public("False: mixed precision is not here.", "mg.is_autocast_enabled()", "False", "f")
def is_autocast_enabled(device_type=None) -> bool: return False

@public("The type of anything, with the module where it is made.",
        "mg.typename(3), mg.typename(mg.nn.ReLU())", "('int', 'minigrad.nn.activation.ReLU')", "f")
def typename(obj, /) -> str:
    if isinstance(obj, TensorBase):
        return obj.type()
    made = obj if hasattr(obj, "__qualname__") or hasattr(obj, "__name__") else type(obj)
    home = getattr(made, "__module__", None) or ""
    name = getattr(made, "__qualname__", None) or made.__name__
    return name if home in ("", "builtins") else f"{home}.{name}"

_compile_told = []

def compile(model=None, *, fullgraph=False, dynamic=None, backend=None, mode=None, options=None,
            disable=False, **others):
    """The function or module itself, which runs as it is; a warning says so, once.

    Also a decorator, with or without arguments.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     double = mg.compile(lambda x: x * 2)
    >>> double(mg.ones(2))
    tensor([2., 2.])
    """
    refuse(model is not None and not callable(model),
           f"compile: expected a function or module, got {model!r:.40}", TypeError)
    if not _compile_told and not disable:
        _compile_told.append(True)
        warnings.warn("compile: minigrad has no compiler; the function or module is returned as "
                      "it is, and computes the same", stacklevel=2)
    return (lambda function: function) if model is None else model

compile.forms = ["f"]

make_module("compiler", is_compiling=lambda: False, is_dynamo_compiling=lambda: False,
            reset=lambda: None,
            disable=lambda fn=None, recursive=True, **_: fn or (lambda function: function))


# What is installed

VERSION = sys.modules["minigrad"].__version__

def _about() -> str:
    """What computes: minigrad, numpy and its library for products."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return (f"minigrad {VERSION}\n  - numpy {np.__version__}\n"
            f"  - {blas['name']} {blas['version']}\n")

make_module("version", __version__=VERSION, debug=False, git_version=None,
            **dict.fromkeys(("cuda", "hip", "xpu")))
make_module("__config__", show=_about,
            parallel_info=lambda: f"get_num_threads() : {_now['threads']}\n")
