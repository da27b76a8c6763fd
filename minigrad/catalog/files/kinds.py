"""Other kinds of objects that checkpoints hold, as PyTorch writes them.

A Namespace of argparse is written, and read, as a dict. Of numpy's arrays and numbers PyTorch's
`load` says that it takes them with `weights_only=False` only.
"""
from collections import Counter

import numpy as np

from ...dtypes import KINDS
from ...public import refuse
from .instructions import READS, STATES, WRITES, Call, Name, pairs


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
    "argparse Namespace": dict, "_codecs encode": _bytes,
    "collections Counter": lambda items=(): Counter(dict(items)),
    "builtins complex": lambda real, imaginary: complex(real, imaginary),
    "builtins set": lambda items: {key for key, _ in pairs((x, None) for x in items)},
}
STATES[dict] = lambda x, state: x.update(pairs(state.items()))


# Of numpy

CODES = {np.dtype(name).str[1:]: np.dtype(name) for name in (*KINDS, "uint16", "uint32", "uint64")}
NDARRAY, DTYPE = Name("numpy ndarray"), Name("numpy dtype")
