"""Saving and loading: tensors as `.npy` entries of a zip file, all around them as JSON. No pickle.

A file is an ordinary `.npz` (`numpy.load` opens it too) with one more entry, `contents.json`: the
saved object with a name in the place of every array. A file may come from anywhere: what it claims
is compared with what it holds before memory is taken for it.
"""
import io
import math
import os
from typing import BinaryIO

import numpy as np

from .dtypes import KINDS
from .files import whole_file
from .graph import leaf
from .public import refuse
from .tensor import Tensor

CONTENTS = "contents.json"
FORMAT = "minigrad 1"
PLAIN = (bool, int, float, str, type(None))               # what JSON has a word for
FORMATS = []                                              # others that the catalog adds

def save(obj, f: str | os.PathLike | BinaryIO, pickle_module=None, pickle_protocol=2) -> None:
    """Write tensors, and the dicts, lists, tuples, numbers and strings around them, to a file.

    A name that ends in `.npz` gives a file that numpy opens too; all others give PyTorch's format.
    The new file takes the old one's place only when it is complete and on the disk: a crash in the
    middle leaves the old one whole. Raises TypeError, naming the place, for any other object, and
    ValueError for one that holds itself.

    >>> import io
    >>> file = io.BytesIO()                                   # or a path: "model.pt"
    >>> mg.save({"weight": mg.ones(2, 3)}, file)
    >>> mg.load(file)["weight"].shape
    torch.Size([2, 3])
    """
    pack = _pack if str(f).endswith(".npz") or not FORMATS else FORMATS[0].pack
    entries = pack(obj)                                       # all of them, before a file is opened
    if hasattr(f, "write"):
        return _write(f, entries)
    with whole_file(f) as file:
        _write(file, entries)

def load(f: str | os.PathLike | BinaryIO, map_location=None, pickle_module=None, *,
         weights_only: bool | None = None, mmap: bool | None = None, encoding: str = "utf-8"):
    """Read what `save` or PyTorch's save wrote: new tensors of the saved shapes and dtypes.

    Nothing in a file is executed, whatever `weights_only` says: what is not a tensor or a plain
    object is refused. `map_location="cpu"` takes tensors that were on other devices; the other
    settings change nothing. Raises FileNotFoundError for a missing file, RuntimeError for one that
    is damaged or of another kind, NotImplementedError for what minigrad has not.

    >>> import io
    >>> file = io.BytesIO()
    >>> mg.save({"weight": mg.ones(2, 3), "epoch": 4}, file)
    >>> mg.load(file)["epoch"]
    4
    """
    import zipfile
    if not hasattr(f, "read"):
        with open(f, "rb") as file:
            return load(file, map_location)
    name = getattr(f, "name", None)
    name = repr(str(name)) if isinstance(name, str | os.PathLike) else "the open file"
    wanted = f"load: expected a file written by save, got {name}"
    total, _ = f.seek(0, io.SEEK_END), f.seek(0)
    start = f.read(4)
    if not start.startswith(b"PK"):                       # every zip file begins with these letters
        old = "; PyTorch wrote such files before 1.6: load and save it there once more"
        raise RuntimeError(f"{wanted}, which begins with {start}" + old * (start[:1] == b"\x80"))
    try:
        with zipfile.ZipFile(f) as archive:
            entries = _entries(archive, total)
            if CONTENTS in entries:
                contents = json_of(archive.read(CONTENTS))  # `read` compares with the checksum
                refuse(contents["format"] != FORMAT, "an unknown format", ValueError)
                return _unpack(contents["object"], archive)
            for other in FORMATS:
                if other.is_of(entries):
                    return other.read(archive, map_location)
    except (MemoryError, OSError):                        # the file may be as good as ever
        raise
    except NotImplementedError as error:
        raise NotImplementedError(f"load: {name} {error}") from None
    except Exception as error:                            # a damaged file can fail in a dozen ways
        raise RuntimeError(f"load: {name} is damaged ({error}); restore it from a copy or save it "
                           "again") from error
    raise RuntimeError(f"{wanted} with the entries {entries[:4]}; numpy.load opens an .npz file")

def _write(file, entries):
    import zipfile                              # here, so that importing minigrad takes no longer
    with zipfile.ZipFile(file, "w") as archive:           # no dates: equal contents, equal files
        for name, parts in entries.items():
            info = zipfile.ZipInfo(name)
            info.file_size = sum(map(len, parts))         # so that large ones get long fields
            with archive.open(info, "w") as entry:
                entry.writelines(parts)

def _entries(archive, total) -> list[str]:
    """The names of the archive's entries: each is there once, and as it is in the file."""
    infos = archive.infolist()
    names, size = [info.filename for info in infos], sum(info.file_size for info in infos)
    refuse(len({*names}) < len(names), "an entry comes twice", ValueError)
    refuse(any(info.compress_type or info.compress_size != info.file_size for info in infos),
           "its entries are compressed, as those of a TorchScript archive or an .npz file may be",
           ValueError)
    refuse(any(not 0 <= info.header_offset < total for info in infos), "an entry is not in it",
           ValueError)
    refuse(size > total, f"its entries claim {size:,} bytes, the file has {total:,}", ValueError)
    return names

def fill(array, entry):
    """The array with what is left of an entry, whose end compares it with its checksum."""
    memory, at = memoryview(array.reshape(-1).view(np.uint8)), 0
    while part := entry.read(2**20):
        memory[at:at + len(part)] = part
        at += len(part)
    return array

def place(path):
    return f"the entry {'/'.join(map(str, path))!r}" if path else "the object itself"


# minigrad's own format

def _pack(obj) -> dict[str, list]:
    """The entries of the file, in parts."""
    import json
    arrays = {}
    try:
        contents = json.dumps({"format": FORMAT, "object": _json(obj, (), arrays)})
    except RecursionError:
        raise ValueError("save: expected an object that does not hold itself, nor is nested "
                         "hundreds of levels deep") from None
    entries = {CONTENTS: [contents.encode()]}
    for name, array in arrays.items():
        np.lib.format.write_array_header_1_0(head := io.BytesIO(), {
            "descr": array.dtype.str, "fortran_order": False, "shape": array.shape})
        entries[name] = [head.getvalue(), memoryview(array.reshape(-1).view(np.uint8))]
    return entries

def _json(obj, path: tuple, arrays: dict):
    """The object as JSON holds it, its arrays moved to `arrays`; other kinds: {kind: content}."""
    if isinstance(obj, PLAIN) and not isinstance(obj, np.generic):
        return obj
    for kind, cls in (("tensor", Tensor), ("array", np.ndarray), ("scalar", np.generic)):
        if isinstance(obj, cls):
            array = np.asarray(obj.value if kind == "tensor" else obj)
            refuse(array.dtype.name not in KINDS, f"save: expected a dtype in {', '.join(KINDS)}, "
                   f"got {place(path)} of {array.dtype}", TypeError)
            name = "/".join(map(str, path)).encode(errors="replace").decode() or kind
            while f"{name}.npy" in arrays:                # the keys 1 and "1" look the same
                name += "'"
            arrays[f"{name}.npy"] = np.asarray(array, array.dtype.newbyteorder("="), "C")
            return {kind: name}
    if isinstance(obj, list) or type(obj) is tuple:
        items = [_json(x, (*path, i), arrays) for i, x in enumerate(obj)]
        return items if isinstance(obj, list) else {"tuple": items}
    if isinstance(obj, dict):
        for key in obj:
            refuse(not isinstance(key, PLAIN), "save: expected keys that are strings or numbers, "
                   f"got {key!r} in {place(path)}", TypeError)
        return {"dict": [[key, _json(x, (*path, key), arrays)] for key, x in obj.items()]}
    raise TypeError("save: expected tensors, arrays, dicts, lists, tuples, numbers and strings, "
                    f"got {place(path)} of type {type(obj).__name__}; of a module or an optimizer "
                    "save its state_dict()")

def json_of(text: bytes):
    """What JSON text says; a key that comes twice is refused."""
    import json

    def once(pairs):
        refuse(len(found := dict(pairs)) < len(pairs), "a name comes twice", ValueError)
        return found
    return json.loads(text.decode(), object_pairs_hook=once)

def _unpack(node, archive):
    if isinstance(node, list):
        return [_unpack(x, archive) for x in node]
    if not isinstance(node, dict):
        return node
    (kind, content), = node.items()
    if kind == "dict":
        refuse(len({key for key, _ in content}) < len(content), "a key comes twice", ValueError)
        return {key: _unpack(x, archive) for key, x in content}
    if kind == "tuple":
        return tuple(_unpack(content, archive))
    refuse(kind not in ("tensor", "array", "scalar"), f"an unknown kind {kind!r:.40}", ValueError)
    array = _array(archive, f"{content}.npy")
    return leaf(array) if kind == "tensor" else array if kind == "array" else array[()]

def _array(archive, name):
    with archive.open(name) as entry:
        version = np.lib.format.read_magic(entry)
        refuse(version != (1, 0), f"an array of version {version}", ValueError)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(entry)
        size, there = dtype.itemsize * math.prod(shape), archive.getinfo(name).file_size
        refuse(dtype.str not in {np.dtype(kind).str for kind in KINDS} or min(shape, default=0) < 0
               or size != there - entry.tell(), f"{name!r} of {there:,} bytes claims to be {dtype} "
               f"of shape {shape}", ValueError)
        array = fill(np.empty(shape, dtype), entry)
    return array.reshape(shape[::-1]).T if by_columns else array
