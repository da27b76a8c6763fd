"""Saving and loading: tensors as plain `.npy` entries of a zip file, all around them as JSON. No pickle, no code.

A file is an ordinary `.npz` (`numpy.load` opens it too) with one more entry, `contents.json`: the saved object with a
name in the place of every array.
"""
import io
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .graph import leaf
from .tensor import Tensor

CONTENTS = "contents.json"
FORMAT = "minigrad 1"


def save(obj, f: str | os.PathLike | BinaryIO) -> None:
    """Write tensors, and the dicts, lists, tuples, numbers and strings around them, to the file `f`.

    The new file takes the old one's place only when it is complete and on the disk: a crash in the middle leaves the
    old file whole. Raises TypeError, naming the place, for an object that is none of these.

    >>> import io
    >>> file = io.BytesIO()                                   # or a path: "model.npz"
    >>> mg.save({"weight": mg.ones(2, 3)}, file)
    >>> mg.load(file)["weight"].shape
    (2, 3)
    """
    import json                                               # here, so that importing minigrad takes no longer for it
    arrays: dict[str, np.ndarray] = {}
    contents = json.dumps({"format": FORMAT, "object": _pack(obj, (), arrays)})
    if hasattr(f, "write"):
        return _write(f, contents, arrays)
    path = Path(os.path.realpath(f))                          # a link stays a link
    if path.exists() and not path.is_file():
        raise ValueError(f"save: expected the path of a file, got {str(path)!r}, which is a folder or a device")
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")     # same folder, so same disk
    try:
        with open(temporary, "xb") as file:
            _write(file, contents, arrays)
            file.flush()
            os.fsync(file.fileno())                           # on the disk, not only on its way there
        os.replace(temporary, path)                           # one step: readers see the old file or the new one
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(f: str | os.PathLike | BinaryIO):
    """Read what `save` wrote: new tensors of the saved shapes and dtypes.

    Raises FileNotFoundError for a missing file, RuntimeError for one that is damaged or that `save` did not write.

    >>> import io
    >>> file = io.BytesIO()
    >>> mg.save({"weight": mg.ones(2, 3), "epoch": 4}, file)
    >>> mg.load(file)["epoch"]
    4
    """
    import json
    import zipfile
    if not hasattr(f, "read"):
        with open(f, "rb") as file:
            return load(file)
    name = repr(str(getattr(f, "name", f)))
    f.seek(0)
    start = f.read(4)
    if not start.startswith(b"PK"):                           # every zip file begins with these two letters
        raise RuntimeError(f"load: expected a file written by minigrad.save, got {name}, which begins with {start}")
    try:
        archive = zipfile.ZipFile(f)
        entries = archive.namelist()
        if CONTENTS in entries:
            contents = json.loads(archive.read(CONTENTS))     # `read` compares each entry with its checksum
            if contents["format"] == FORMAT:
                return _unpack(contents["object"], archive)
    except Exception as error:                                # a damaged zip file can fail in a dozen ways
        raise RuntimeError(f"load: {name} is damaged ({error}); restore it from a copy or save it again") from error
    raise RuntimeError(f"load: expected a file written by minigrad.save, got {name} with the entries {entries[:4]}; "
                       "numpy.load opens an .npz file, torch.load a PyTorch file")


def _write(file, contents, arrays):
    import zipfile
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(CONTENTS), contents)      # no date: equal contents make equal files
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def _pack(obj, path: tuple, arrays: dict):
    """The object as JSON holds it, its arrays moved to `arrays`. What JSON has no word for is {kind: content}."""
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return obj
    if isinstance(obj, (Tensor, np.ndarray, np.generic)):
        kind = "tensor" if isinstance(obj, Tensor) else "array" if isinstance(obj, np.ndarray) else "scalar"
        array = np.asarray(obj.value if kind == "tensor" else obj)
        if array.dtype.hasobject:
            raise TypeError(f"save: expected numbers, got {_place(path)}, an array of Python objects")
        name = "/".join(map(str, path)) or kind
        while f"{name}.npy" in arrays:                        # the keys 1 and "1" look the same
            name += "'"
        arrays[f"{name}.npy"] = array
        return {kind: name}
    if isinstance(obj, list):
        return [_pack(x, (*path, i), arrays) for i, x in enumerate(obj)]
    if type(obj) is tuple:
        return {"tuple": [_pack(x, (*path, i), arrays) for i, x in enumerate(obj)]}
    if isinstance(obj, dict):
        for key in obj:
            if not (key is None or isinstance(key, (bool, int, float, str))):
                raise TypeError(f"save: expected keys that are strings or numbers, got {key!r} in {_place(path)}")
        return {"dict": [[key, _pack(x, (*path, key), arrays)] for key, x in obj.items()]}
    raise TypeError("save: expected tensors, arrays, dicts, lists, tuples, numbers and strings, got "
                    f"{_place(path)} of type {type(obj).__name__}; of a module or an optimizer save its state_dict()")


def _unpack(node, archive):
    if isinstance(node, list):
        return [_unpack(x, archive) for x in node]
    if not isinstance(node, dict):
        return node
    (kind, content), = node.items()
    if kind == "dict":
        return {key: _unpack(x, archive) for key, x in content}
    if kind == "tuple":
        return tuple(_unpack(x, archive) for x in content)
    array = np.lib.format.read_array(io.BytesIO(archive.read(f"{content}.npy")), allow_pickle=False)
    return leaf(array) if kind == "tensor" else array if kind == "array" else array[()]


def _place(path):
    return f"the entry {'/'.join(map(str, path))!r}" if path else "the object itself"
