"""The safetensors format: named tensors that PyTorch reads too, and nothing that could be run.

Eight bytes say how long the header is; the header is JSON, `{name: {"dtype", "shape",
"data_offsets"}}`; behind it lie the numbers, little-endian, row by row. Names and layouts are those
of a state_dict, so weights travel both ways. The functions are named as in `safetensors.torch`. A
file may come from anywhere: every claim of its header is checked.
"""
import io
import math
import os
import re
import sys
from typing import BinaryIO

import numpy as np

from ...dtypes import BOOL, FLOAT16, FLOAT32, FLOAT64, INT8, INT16, INT32, INT64, UINT8
from ...files import whole_file
from ...graph import leaf
from ...public import public as says, refuse
from ...serialization import json_of
from ...tensor import Tensor

CODES = {"F64": FLOAT64, "F32": FLOAT32, "F16": FLOAT16, "I64": INT64, "I32": INT32, "I16": INT16,
         "I8": INT8, "U8": UINT8, "BOOL": BOOL}
NAMES = {dtype: code for code, dtype in CODES.items()}
BFLOAT16 = np.dtype("u2")                    # numpy has none: it is the upper half of a float32
LONGEST_HEADER = 100_000_000                 # bytes, the format's own limit
MOST_AXES = 63                               # numpy has 64, and some functions need one more

# What a header looks like: checked before JSON is built, of which a list is 20 times its text.
WORD, NUMBERS = r'"(?:[^"\\]|\\.)*+"', r"\[[\d\s,]{0,2000}+\]"
FIELD = rf'\s*(?:"dtype"\s*:\s*{WORD}|"(?:shape|data_offsets)"\s*:\s*{NUMBERS})\s*'
ENTRY = (rf'"__metadata__"\s*:\s*\{{\s*(?:{WORD}\s*:\s*{WORD}\s*,?\s*)*+\}}'
         rf"|{WORD}\s*:\s*\{{{FIELD},{FIELD},{FIELD}\}}")
HEADER = re.compile(rf"\s*\{{\s*(?:(?:{ENTRY})\s*,?\s*)*+\}}\s*".encode(), re.DOTALL)

def save_file(tensors: dict[str, Tensor], filename: str | os.PathLike,
              metadata: dict[str, str] | None = None) -> None:
    """Write named tensors, such as a state_dict; the old file stays until the new one is complete.

    >>> import tempfile
    >>> from minigrad.safetensors import load_file, save_file
    >>> path = tempfile.mkdtemp() + "/model.safetensors"
    >>> save_file(mg.nn.Linear(3, 2).state_dict(), path)
    >>> {name: t.shape for name, t in load_file(path).items()}
    {'bias': torch.Size([2]), 'weight': torch.Size([2, 3])}
    """
    with whole_file(filename) as file:
        file.writelines(_parts(tensors, metadata))

@says("The bytes that `save_file` would write.",
      'mg.safetensors.load(mg.safetensors.save({"a": mg.ones(2)}))', "{'a': tensor([1., 1.])}")
def save(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    return b"".join(_parts(tensors, metadata))

def _parts(tensors, metadata):
    """The header, then each tensor's numbers: the widest types first, so that all are aligned."""
    import json                              # here, so that importing minigrad takes no longer
    arrays, header, end = {}, {"__metadata__": dict(metadata)} if metadata else {}, 0
    for name, t in tensors.items():
        array = t.value if isinstance(t, Tensor) else t
        dtype = getattr(array, "dtype", type(array).__name__)
        named = isinstance(name, str) and isinstance(array, np.ndarray)
        refuse(not named or dtype.newbyteorder("=") not in NAMES, "safetensors: expected {name: "
               f"tensor}} with a dtype in {', '.join(CODES)}, got {name!r}: {dtype}; of a module "
               "save its state_dict()", TypeError)
        refuse(name != _printable(name), f"safetensors: {name!r} is no valid text", ValueError)
        arrays[name] = array
    refuse(not all(isinstance(x, str) for pair in (metadata or {}).items() for x in pair),
           f"safetensors: expected metadata of strings, got {metadata!r:.80}", TypeError)
    refuse("__metadata__" in arrays, "safetensors: the name '__metadata__' is the format's own; "
           "rename that tensor", ValueError)
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    for name in order:
        a, start = arrays[name], end
        end += a.nbytes
        header[name] = {"dtype": NAMES[a.dtype.newbyteorder("=")], "shape": list(a.shape),
                        "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    for name in order:
        a = arrays[name]
        yield np.ascontiguousarray(a, a.dtype.newbyteorder("<")).tobytes()

def load_file(filename: str | os.PathLike, device="cpu") -> dict[str, Tensor]:
    """The tensors of a file, by name, in the order of their names; bfloat16 becomes float32.

    Raises FileNotFoundError for a missing file, RuntimeError for one whose header does not describe
    its bytes, and NotImplementedError for a dtype that minigrad has not (such as F8_E4M3 or U32).
    """
    refuse(str(device) != "cpu", f"safetensors: expected device 'cpu', got {device!r}; minigrad "
           "computes on the CPU only")
    with open(filename, "rb") as file:
        return _read(file, str(filename))

@says("The tensors in bytes that `save` made.",
      'mg.safetensors.load(mg.safetensors.save({"a": mg.ones(2)}))["a"]', "tensor([1., 1.])")
def load(data: bytes) -> dict[str, Tensor]:
    return _read(io.BytesIO(data), "the bytes")

def _read(file: BinaryIO, name: str) -> dict[str, Tensor]:
    def check(fine: bool, why: str):
        refuse(not fine, f"safetensors: {name!r} is damaged or no safetensors file: {why}")

    total = file.seek(0, io.SEEK_END)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    check(total >= 8 and length <= min(LONGEST_HEADER, total - 8),
          f"its header claims {length:,} bytes, the file has {total:,}")
    text = file.read(length)
    check(HEADER.fullmatch(text), "its header is not {name: {dtype, shape, data_offsets}, …}")
    try:
        header = json_of(text)
    except ValueError as error:
        check(False, f"its header cannot be read ({error})")
    header.pop("__metadata__", None)
    for key, entry in header.items():
        shape, offsets = entry["shape"], entry["data_offsets"]
        check(key == _printable(key), f"the name {key!r} is no valid text")
        check(len(shape) <= MOST_AXES and max(shape, default=0) < 2**63,
              f"the tensor {key!r} has the shape {shape!r:.60}")
        check(len(offsets) == 2, f"the tensor {key!r} has the data_offsets {offsets!r:.60}")
    tensors, end = {}, 0
    for key, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        code, shape, (start, stop) = (entry[what] for what in ("dtype", "shape", "data_offsets"))
        refuse(code not in CODES and code != "BF16",
               f"safetensors: the tensor {key!r} has dtype {code}; minigrad has "
               f"{', '.join(CODES)}; convert it before saving", NotImplementedError)
        dtype = BFLOAT16 if code == "BF16" else CODES[code]
        fits = start == end and stop - start == math.prod(shape) * dtype.itemsize
        check(fits and length + 8 + stop <= total, f"the tensor {key!r} of shape {shape} and dtype "
              f"{code} claims the bytes {start} to {stop}")
        try:
            array, end = np.empty(shape, dtype), stop
        except ValueError as error:                  # (2**60, 2**60, 0): no bytes, yet too large
            check(False, f"the tensor {key!r} has the shape {shape} ({error})")
        file.readinto(memoryview(array.reshape(-1).view(np.uint8)))
        check(code != "BOOL" or array.view(np.uint8).max(initial=0) < 2,
              f"the tensor {key!r} has bytes other than 0 and 1")
        if sys.byteorder == "big":
            array.byteswap(inplace=True)
        if code == "BF16":
            array = (array.astype(np.uint32) << 16).view(FLOAT32)
        tensors[key] = leaf(array)
    left = total - length - 8 - end
    check(left == 0, f"{left:,} of its bytes belong to no tensor")
    return {key: tensors[key] for key in sorted(tensors)}

def _printable(name: str) -> str:
    """The name without halves of letters, which no file could hold."""
    return name.encode(errors="replace").decode()
