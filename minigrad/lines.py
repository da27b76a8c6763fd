"""Which line of the user's program made a node: found, remembered, and put into words."""
import linecache
import os
import sys
from threading import Lock
from types import FrameType

LIBRARY = (os.path.dirname(__file__) + os.sep, "<frozen")      # whose frames are not the user's
KEPT = 100_000           # nodes whose lines are remembered; older ones are forgotten

_lines: dict[int, tuple[str, int]] = {}      # a node's order of birth -> the file and line
_noting = Lock()

def user_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame that is not the library's."""
    while frame is not None and frame.f_code.co_filename.startswith(LIBRARY):
        frame = frame.f_back
    return frame

def remember(born: int) -> tuple[str, int] | None:
    """Note that the user's present line makes the node with this number; return (file, line)."""
    frame = user_frame(sys._getframe(1))
    if frame is None:
        return None
    line = frame.f_code.co_filename, frame.f_lineno
    with _noting:                          # threads that note at once would lose the oldest
        _lines[born] = line
        if len(_lines) > KEPT:
            del _lines[next(iter(_lines))]
    return line

def line_of(born: int) -> tuple[str, int] | None:
    """(file, line) that made the node with this number, if that was noted."""
    return _lines.get(born)

def text(file: str, number: int) -> str:
    """What stands in a line; '' where the file cannot be read."""
    return linecache.getline(file, number).strip()

def place(file: str, number: int, short: bool = False) -> str:
    """A line in words: of a notebook's cell, named by its beginning, or of a file, by its path.

    `short`, for pictures: the cell's number, which changes with each run, or the file's name.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    cell = shell and shell.compile.format_code_name(file)        # ("Cell", "In[5]")
    if cell and short:
        return f"cell {cell[1].strip('In[]')}, line {number}"
    if cell:
        first = next((line.strip() for line in linecache.getlines(file) if line.strip()), "")
        first = first if len(first) <= 50 else first[:49] + "…"
        return f"line {number} of the cell that begins `{first}`"
    below = file.startswith(os.getcwd() + os.sep)
    path = os.path.basename(file) if short else os.path.relpath(file) if below else file
    return f"{path}, line {number}"
