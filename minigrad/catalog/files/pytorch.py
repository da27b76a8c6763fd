"""PyTorch's format since 1.6: numbers, and instructions that put them together.

A file is a zip. Its entries `data/0`, `data/1`, … are storages, the bare numbers; several tensors
may look at one. Its entry `data.pkl` is the code that builds the saved object.
"""
import sys
from collections import OrderedDict, namedtuple

import numpy as np

from ...changes import owner
from ...device import device
from ...dtypes import DTYPES as TYPES, Size, dtype
from ...graph import leaf
from ...nn.module import Parameter
from ...public import refuse
from ...serialization import FORMATS, fill
from ...tensor import Tensor
from .instructions import (OBJECTS, PLAIN, READS, WRITES, Call, Name, attributes, built, called,
                           persistent, written)

STORAGES = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int",
            "int64": "Long", "float16": "Half", "float32": "Float", "float64": "Double"}
DTYPES = {f"torch {word}Storage": np.dtype(name) for name, word in STORAGES.items()}

class Storage:
    """Memory that tensors look at, as `map_location` gets it: a flat array."""
    unfinished = True
    def __init__(self, array): self.array = array
    def cpu(self): return self


# Writing

Stored = namedtuple("Stored", "memory flat")       # to write: the storage with this memory, and how

def pack(obj) -> dict[str, list]:
    """The entries of the file, in parts."""
    flats = {}

    def number(stored):
        key, flat = flats.setdefault(id(stored.memory), (str(len(flats)), stored.flat))
        refuse(flat.dtype != stored.flat.dtype, f"save: one tensor sees as {flat.dtype} what "
               f"another sees as {stored.flat.dtype}; save a clone() of one of them")
        kind = Name(f"torch {STORAGES[flat.dtype.name]}Storage")
        return persistent("storage", kind, key, "cpu", flat.size)

    entries = {"data.pkl": written(obj, {Stored: number}), "byteorder": sys.byteorder.encode(),
               "version": b"3\n"}
    entries |= {f"data/{key}": memoryview(flat.view(np.uint8)) for key, flat in flats.values()}
    return {f"archive/{name}": [content] for name, content in entries.items()}

def _tensor_call(t):
    """What builds a tensor: its storage, where it begins there, its sizes and its steps."""
    array, memory = t.value, owner(t.value)
    width, name = array.itemsize, array.dtype.name
    refuse(name not in STORAGES, f"has the dtype {name}; expected one of {', '.join(STORAGES)}",
           TypeError)
    if not memory.flags.forc or memory.nbytes % width or any(
            step < 0 or step % width for step in array.strides):            # as of array[::-1]
        array = memory = np.array(array, order="C")
    stored = Stored(memory, memory.reshape(-1, order="A").view(name))
    start = (array.ctypes.data - memory.ctypes.data) // width
    form = (stored, start, tuple(array.shape), tuple(step // width for step in array.strides),
            t.requires_grad, OrderedDict())
    name = "torch._utils _rebuild_tensor_v2"
    return Call(name, form) if not vars(t) else Call(
        "torch._tensor _rebuild_from_type_v2", (Name(name), Name("torch Tensor"), form, vars(t)))

def _parameter_call(p):
    own = (vars(p),) if vars(p) else ()
    return Call("torch._utils _rebuild_parameter" + "_with_state" * len(own),
                (leaf(p.value), p.requires_grad, OrderedDict(), *own))

WRITES |= {Tensor: _tensor_call, Parameter: _parameter_call,
           device: lambda x: Call("torch device", ("cpu",)),
           Size: lambda x: Call("torch Size", (tuple(x),))}
OBJECTS |= {f"torch {kind.name}": kind for kind in TYPES.values()}
for _kind in (dtype, *map(type, TYPES)):           # ours, and numpy's of the same name
    PLAIN[_kind] = lambda x: PLAIN[Name](f"torch {x.name}")


# Reading

def is_of(entries: list[str]) -> bool:
    """Are these the entries of such a file? A TorchScript archive has constants, too."""
    root = entries[0].partition("/")[0] if entries else ""
    return f"{root}/data.pkl" in entries and f"{root}/constants.pkl" not in entries

def read(archive, map_location):
    """The object of an archive."""
    root = archive.namelist()[0].partition("/")[0]
    storages = Storages(archive, root, map_location)
    return built(archive.read(f"{root}/data.pkl"), storages.at)

class Storages:
    """The storages of an archive, each read when the first tensor asks for it."""

    def __init__(self, archive, root, map_location):
        self.archive, self.root, self.map_location, self.known = archive, root, map_location, {}
        order = f"{root}/byteorder"
        self.order = archive.read(order).decode() if order in archive.namelist() else "little"
        refuse(self.order not in ("little", "big"), "its byte order is unknown", ValueError)

    def at(self, word, kind, key, location, size) -> Storage:
        """The storage that stands in the code as ("storage", its type, its entry, …)."""
        refuse(word != "storage" or type(kind) is not Name or kind not in DTYPES or
               (type(key), type(location), type(size)) != (str, str, int), "an unknown storage",
               ValueError)
        dtype, entry = DTYPES[kind], f"{self.root}/data/{key}"
        there = self.archive.getinfo(entry).file_size
        refuse(there != size * dtype.itemsize, f"the entry {entry!r} has {there:,} bytes for "
               f"{size:,} numbers of {dtype}", ValueError)
        if key not in self.known:
            with self.archive.open(entry) as file:
                array = fill(np.empty(size, dtype), file)
            if self.order != sys.byteorder:
                array.byteswap(inplace=True)
            self.known[key] = Storage(array)
            self.place(self.known[key], location)
        refuse(self.known[key].array.dtype != dtype, f"{entry!r} has two dtypes", ValueError)
        return self.known[key]

    def place(self, storage, location):
        """Refuse what is for another device than the CPU, unless map_location sends it there."""
        to = self.map_location
        if callable(to):
            to = "cpu" if to(storage, location) else None
        elif isinstance(to, dict):
            to = to.get(location)
        refuse(str(to or location).partition(":")[0] != "cpu", f"holds tensors for {location!r}, "
               f"to be moved to {to!r}; minigrad computes on the CPU only: pass map_location='cpu'",
               NotImplementedError)

def _tensor(storage, start, size, steps, requires_grad=False, hooks=None, metadata=None):
    """The tensor that looks at a storage from `start` on, in these steps."""
    refuse(type(storage) is not Storage or type(requires_grad) is not bool or metadata or
           len(size) != len(steps) or any(type(n) is not int or n < 0
                                          for n in (start, *size, *steps)),
           "a tensor without its form", ValueError)
    flat, last, apart = storage.array, start, True
    for step, n in sorted(zip(steps, size)):
        apart &= n < 2 or step > last - start             # else elements may share places
        last += (n - 1) * step
    if 0 in size:
        array = np.empty(size, flat.dtype)
    else:
        refuse(last >= flat.size, f"a tensor of shape {size} and strides {steps} reaches beyond "
               f"its {flat.size:,} numbers", ValueError)
        width = flat.itemsize
        array = np.ndarray(size, flat.dtype, flat, start * width, [step * width for step in steps])
        array.flags.writeable = apart
    t = leaf(array)
    t.requires_grad = requires_grad
    return t

def _parameter(data, requires_grad, hooks, state=()):
    return attributes(Parameter(data, requires_grad), state)

def _with_attributes(name, kind, arguments, state):
    return attributes(called(name, arguments), state)

def _device(type, index=None):
    refuse(type != "cpu", f"holds the device {type!r}; minigrad computes on the CPU only",
           NotImplementedError)
    return device("cpu")

OBJECTS |= {name: Name(name) for name in (*DTYPES, "torch Tensor", "torch.nn.parameter Parameter")}
READS |= {
    "torch._utils _rebuild_tensor": _tensor, "torch._utils _rebuild_tensor_v2": _tensor,
    "torch._utils _rebuild_parameter": _parameter,
    "torch._utils _rebuild_parameter_with_state": _parameter,
    "torch._tensor _rebuild_from_type_v2": _with_attributes,
    "torch Size": Size, "torch device": _device,
}
FORMATS.append(sys.modules[__name__])
