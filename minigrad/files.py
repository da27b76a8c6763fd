"""Writing a file so that it is there whole or not at all."""
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    from fcntl import LOCK_EX, flock
except ImportError:                        # Windows, which lets nobody replace a file that is open
    flock = None


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A file to write to, which takes the old one's place only when it is complete and on the disk.

    A crash in the middle leaves the old file whole; the next save replaces what it left beside it.
    Of two that save at once, the second waits for the first.
    """
    target = Path(os.path.realpath(path))                     # a link stays a link
    if target.exists() and not target.is_file():
        raise ValueError(f"save: expected the path of a file, got {str(target)!r}, which is a "
                         "folder or a device")
    beside = target.with_name(f".{target.name}.tmp")          # same folder, so same disk
    try:
        with _alone(beside) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())                       # on the disk, not on its way there
                if target.exists():
                    shutil.copymode(target, beside)           # who may read it
                if not flock:
                    file.close()
                os.replace(beside, target)                    # one step: either the old or the new
            except BaseException:
                with suppress(OSError):
                    beside.unlink()
                raise
    except OSError as error:
        if str(error.filename) == str(beside):
            error.filename, error.filename2 = os.fspath(path), None
        raise

def _alone(beside: Path) -> BinaryIO:
    """The empty file of this name, which no other save writes to as long as it is open."""
    while True:
        if beside.is_symlink() or not flock:
            beside.unlink(missing_ok=True)
        file = open(beside, "r+b", opener=_new_or_old)
        if flock:
            with suppress(OSError):                           # some network disks have no locks
                flock(file, LOCK_EX)
        try:
            if os.path.samestat(os.fstat(file.fileno()), os.stat(beside)):
                file.truncate(0)
                return file
        except FileNotFoundError:
            pass
        file.close()                       # while we waited, its writer gave it its final name

def _new_or_old(path, flags):
    return os.open(path, flags | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
