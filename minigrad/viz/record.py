"""record: while it is on, every tensor notes where it was made; pictures drawn afterwards say so.

Nothing in the engine knows of it: a tensor takes a number from the engine's clock when it is made, and here the clock
is exchanged for one that looks around first. Off, it costs nothing.
"""
import linecache
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import graph as engine
from ..nn.module import Module
from ..ops import add
from .walk import Graph

PACKAGE = str(Path(__file__).resolve().parents[1])
OPERATION = add.__code__             # every primitive runs this code
_notes: dict[int, "Note"] = {}       # of the newest recording, by order of birth


@dataclass(slots=True)
class Note:
    """Where a tensor was made: the reader's line, the modules at work (outermost first), what it was cut off from."""
    place: str
    line: str
    modules: tuple[Module, ...]
    cut: tuple[str, tuple] | None = None          # ("no_grad: mul" or "detach", inputs) where no graph was recorded


class record:
    """Note where each tensor is made: file or cell and line, module, and what `no_grad` and `detach` cut off.

    >>> net = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU())
    >>> with record() as recording:
    ...     y = net(mg.ones(1, 2))
    >>> [type(module).__name__ for module in recording.notes[y.born].modules]
    ['Sequential', 'ReLU']

    The notes live until the next recording begins. `draw` shows the places as tooltips, and `draw(y, model=net)` knows
    exactly which module made what. A recording keeps what was cut off alive, and makes every operation slower.
    """

    def __init__(self):
        self.notes: dict[int, Note] = {}

    def __enter__(self) -> "record":
        global _notes
        _notes, self._clock = self.notes, engine.clock
        engine.clock = self._tick
        return self

    def __exit__(self, *_) -> None:
        engine.clock = self._clock

    def _tick(self) -> int:
        born, frame = self._clock(), sys._getframe(1)
        cut, place, modules = _cut(frame), None, []
        while frame is not None:
            code = frame.f_code
            if place is None and not code.co_filename.startswith((PACKAGE, "<frozen")):
                place = code.co_filename, frame.f_lineno
            if code.co_name == "forward" and code.co_argcount:
                module = frame.f_locals.get(code.co_varnames[0])
                if isinstance(module, Module):
                    modules.append(module)
            frame = frame.f_back
        filename, number = place or ("?", 0)
        self.notes[born] = Note(f"{_called(filename)}, line {number}", linecache.getline(filename, number).strip(),
                                tuple(reversed(modules)), cut)
        return born


def note(thing: Any) -> Note | None:
    """What the newest recording knows about a tensor."""
    return _notes.get(getattr(thing, "born", None))


def place(value: Any) -> str:
    """Where the newest recording says that a value of a graph was made; '' if it does not know."""
    noted = note(value.thing)
    return f"made in {noted.place}: {noted.line}" if noted else ""


def recorded(graph: Graph) -> bool:
    """Does the newest recording know any value of this graph?"""
    return bool(_notes) and any(note(value.thing) for value in graph.values)


def _cut(frame) -> tuple[str, tuple] | None:
    """What a tensor without a graph was computed from, though some of it requires grad."""
    names = frame.f_locals
    if frame.f_code is OPERATION:
        op, inputs = names["op"], [x for x in names["inputs"] if isinstance(x, engine.Node)]
        if names["tracked"] or not op.rules or names["value"].dtype.kind != "f":
            return None
        lost = [x for x in inputs if x.tracked]
        before = [noted.cut for x in inputs if (noted := note(x)) and noted.cut]       # made of what was cut off
        how = f"no_grad: {op.__name__}" if lost else before[-1][0] if before else ""
        return (how, tuple(dict.fromkeys([*(x for _, sources in before for x in sources), *lost]))) if how else None
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        if frame.f_code.co_name in ("detach", "<lambda>") and "self" in frame.f_locals:      # `data` is a lambda
            source = frame.f_locals["self"]
            return ("detach", (source,)) if isinstance(source, engine.Node) and source.tracked else None
        frame = frame.f_back
    return None


def _called(filename: str) -> str:
    """`cell 5` for a notebook's cell, else the file's name."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    cells = getattr(getattr(shell, "compile", None), "_filename_map", {})
    return f"cell {cells[filename]}" if filename in cells else Path(filename).name
