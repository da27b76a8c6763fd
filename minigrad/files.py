"""Writing a file so that it is there whole or not at all."""
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A file to write to, which takes the old one's place only when it is complete and on the disk.

    A crash in the middle leaves the old file whole; the next save replaces what it left beside it.
    """
    target = Path(os.path.realpath(path))                     # a link stays a link
    if target.exists() and not target.is_file():
        raise ValueError(f"save: expected the path of a file, got {str(target)!r}, which is a "
                         "folder or a device")
    beside = target.with_name(f".{target.name}.tmp")          # same folder, so same disk
    try:
        beside.unlink(missing_ok=True)
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())                           # on the disk, not on its way there
        os.replace(beside, target)                            # one step: either the old or the new
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError) and str(error.filename) == str(beside):
            error.filename, error.filename2 = os.fspath(path), None
        raise
