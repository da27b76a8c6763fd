"""Other kinds of objects that checkpoints hold, as PyTorch writes them.

A Namespace of argparse is written, and read, as a dict. Of numpy's arrays and numbers PyTorch's
`load` says that it takes them with `weights_only=False` only.
"""
import math
from collections import Counter

import numpy as np

from ...dtypes import KINDS
from ...public import refuse
from .instructions import OBJECTS, READS, STATES, WRITES, Call, Name, pairs


# Of Python

def _bytes(text, coding):
    refuse(coding not in ("latin1", "latin-1"), f"bytes in {coding!r}", ValueError)
    return text.encode("latin1")

WRITES |= {
    "argparse Namespace": vars,
    Counter: lambda x: Call("collections Counter", (dict(x),)),
    complex: lambda x: Call("__builtin__ complex", (x.real, x.imag)),
    set: lambda x: Call("__builtin__ set", (list(x),)),
    bytes: lambda x: Call("_codecs encode", (x.decode("latin1"), "latin1")),
}
READS |= {
    "argparse Namespace": lambda: {}, "_codecs encode": _bytes, "builtins bytes": lambda: b"",
    "collections Counter": lambda items: Counter(dict(pairs(items.items()))),
    "builtins complex": lambda real, imaginary: complex(real, imaginary),
    "builtins set": lambda items: {key for key, _ in pairs((x, None) for x in items)},
}
STATES[dict] = lambda x, state: x.update(pairs(state.items()))


# Of numpy

CODES = {np.dtype(name).str[1:]: np.dtype(name) for name in (*KINDS, "uint16", "uint32", "uint64")}

def _dtype_call(dtype):
    code = dtype.str[1:]
    if code not in CODES:
        raise TypeError(f"is of numpy's {dtype}; expected one of {', '.join(CODES)}")
    return Call("numpy dtype", (code, False, True), (3, "<", None, None, None, -1, -1, 0))

def _array_call(x):
    state = 1, x.shape, _dtype_call(x.dtype), False, x.astype(x.dtype.newbyteorder("<")).tobytes()
    return Call("numpy._core.multiarray _reconstruct", (Name("numpy ndarray"), (0,), b"b"), state)

def _number_call(x):
    return Call("numpy._core.multiarray scalar", (_dtype_call(x.dtype), x.tobytes()))

def _dtype_state(dtype, state):
    refuse(state[1] not in ("<", "|"), f"numbers of byte order {state[1]!r}", ValueError)

def _array_state(x, state):
    _, shape, dtype, by_columns, data = state
    _check(dtype, data, shape)
    x.__setstate__((1, shape, dtype, bool(by_columns), data))

def _number(dtype, data):
    _check(dtype, data, ())
    return np.frombuffer(data, dtype)[0]

def _check(dtype, data, shape):
    fine = isinstance(dtype, np.dtype) and dtype in CODES.values() and type(data) is bytes and all(
        type(n) is int and n >= 0 for n in shape)
    refuse(not fine or len(data) != math.prod(shape) * dtype.itemsize,
           "an array whose bytes are not its shape's", ValueError)

WRITES |= {np.ndarray: _array_call} | {dtype.type: _number_call for dtype in CODES.values()}
OBJECTS["numpy ndarray"] = Name("numpy ndarray")
READS |= {"numpy.core.multiarray _reconstruct": lambda kind, shape, code: np.empty(0, np.uint8),
          "numpy.core.multiarray scalar": _number,
          "numpy dtype": lambda code, align, copy: CODES[code]}
STATES |= {np.ndarray: _array_state} | {type(dtype): _dtype_state for dtype in CODES.values()}
