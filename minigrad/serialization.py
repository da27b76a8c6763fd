"""Saving and loading: tensors as `.npy` entries of a zip file, all around them as JSON. No pickle.

A file is an ordinary `.npz` (`numpy.load` opens it too) with one more entry, `contents.json`: the
saved object with a name in the place of every array.
"""
import io
import os
from typing import BinaryIO

import numpy as np

from .files import whole_file
from .graph import leaf
from .public import refuse
from .tensor import Tensor

CONTENTS = "contents.json"
FORMAT = "minigrad 1"
PLAIN = (bool, int, float, str, type(None))               # what JSON has a word for

def save(obj, f: str | os.PathLike | BinaryIO) -> None:
    """Write tensors, and the dicts, lists, tuples, numbers and strings around them, to a file.

    The new file takes the old one's place only when it is complete and on the disk: a crash in the
    middle leaves the old one whole. Raises TypeError, naming the place, for any other object.

    >>> import io
    >>> file = io.BytesIO()                                   # or a path: "model.npz"
    >>> mg.save({"weight": mg.ones(2, 3)}, file)
    >>> mg.load(file)["weight"].shape
    torch.Size([2, 3])
    """
    import json                                # here, so that importing minigrad takes no longer
    arrays: dict[str, np.ndarray] = {}
    contents = json.dumps({"format": FORMAT, "object": _pack(obj, (), arrays)})
    if hasattr(f, "write"):
        return _write(f, contents, arrays)
    with whole_file(f) as file:
        _write(file, contents, arrays)

def load(f: str | os.PathLike | BinaryIO):
    """Read what `save` wrote: new tensors of the saved shapes and dtypes.

    Raises FileNotFoundError for a missing file, RuntimeError for one that is damaged or that `save`
    did not write.

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
    wanted = f"load: expected a file written by minigrad.save, got {name}"
    f.seek(0)
    start = f.read(4)
    if not start.startswith(b"PK"):                       # every zip file begins with these letters
        raise RuntimeError(f"{wanted}, which begins with {start}")
    try:
        archive = zipfile.ZipFile(f)
        entries = archive.namelist()
        if CONTENTS in entries:
            contents = json.loads(archive.read(CONTENTS))  # `read` compares with the checksum
            if contents["format"] == FORMAT:
                return _unpack(contents["object"], archive)
    except Exception as error:                            # a damaged file can fail in a dozen ways
        raise RuntimeError(f"load: {name} is damaged ({error}); restore it from a copy or save it "
                           "again") from error
    raise RuntimeError(f"{wanted} with the entries {entries[:4]}; numpy.load opens an .npz "
                       "file, torch.load a PyTorch file")

def _write(file, contents, arrays):
    import zipfile
    with zipfile.ZipFile(file, "w") as archive:           # no dates: equal contents, equal files
        archive.writestr(zipfile.ZipInfo(CONTENTS), contents)
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)

def _pack(obj, path: tuple, arrays: dict):
    """The object as JSON holds it, its arrays moved to `arrays`; other kinds: {kind: content}."""
    if isinstance(obj, PLAIN):
        return obj
    for kind, cls in (("tensor", Tensor), ("array", np.ndarray), ("scalar", np.generic)):
        if isinstance(obj, cls):
            array = np.asarray(obj.value if kind == "tensor" else obj)
            if array.dtype.hasobject:
                raise TypeError(f"save: expected numbers, got {_place(path)}, an array of Python "
                                "objects")
            name = "/".join(map(str, path)) or kind
            while f"{name}.npy" in arrays:                # the keys 1 and "1" look the same
                name += "'"
            arrays[f"{name}.npy"] = array
            return {kind: name}
    if isinstance(obj, list) or type(obj) is tuple:
        items = [_pack(x, (*path, i), arrays) for i, x in enumerate(obj)]
        return items if isinstance(obj, list) else {"tuple": items}
    if isinstance(obj, dict):
        for key in obj:
            refuse(not isinstance(key, PLAIN), "save: expected keys that are strings or numbers, "
                   f"got {key!r} in {_place(path)}", TypeError)
        return {"dict": [[key, _pack(x, (*path, key), arrays)] for key, x in obj.items()]}
    raise TypeError("save: expected tensors, arrays, dicts, lists, tuples, numbers and strings, "
                    f"got {_place(path)} of type {type(obj).__name__}; of a module or an optimizer "
                    "save its state_dict()")

def _unpack(node, archive):
    if isinstance(node, list):
        return [_unpack(x, archive) for x in node]
    if not isinstance(node, dict):
        return node
    (kind, content), = node.items()
    if kind == "dict":
        return {key: _unpack(x, archive) for key, x in content}
    if kind == "tuple":
        return tuple(_unpack(content, archive))
    data = io.BytesIO(archive.read(f"{content}.npy"))
    array = np.lib.format.read_array(data, allow_pickle=False)
    return leaf(array) if kind == "tensor" else array if kind == "array" else array[()]

def _place(path):
    return f"the entry {'/'.join(map(str, path))!r}" if path else "the object itself"
