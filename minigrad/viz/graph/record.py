"""record: while it is on, every tensor notes where it was made; later pictures say so."""
from dataclasses import dataclass
from typing import Any

from ... import lines, watch
from . import engine
from .engine import key
from .walk import Graph, Value

_notes: dict[int, "Note"] = {}       # of the newest recording, by order of birth


@dataclass(slots=True)
class Note:
    """Where a tensor was made: the user's line, the modules at work, what it was cut off from."""
    at: tuple[str, int] | None                    # file and line
    modules: tuple[Any, ...]                      # outermost first
    cut: tuple[str, tuple] | None = None          # ("no_grad: mul" or "detach", the inputs)

    @property
    def place(self) -> str:
        return lines.place(*self.at, short=True) if self.at else "?"

    @property
    def line(self) -> str:
        return lines.text(*self.at) if self.at else ""


class record(watch.Observer):
    """Note where each tensor is made: file or cell and line, module, and what was cut off.

    >>> net = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU())
    >>> with record() as recording:
    ...     y = net(mg.ones(1, 2))
    >>> [type(module).__name__ for module in recording.notes[y.node.born].modules]
    ['Sequential', 'ReLU']

    The notes live until the next recording begins. `draw` shows the places as tooltips, and
    `draw(y, model=net)` knows exactly which module made what. A recording keeps what `no_grad` and
    `detach` cut off alive, and makes every operation slower.
    """

    def __init__(self):
        self.notes: dict[int, Note] = {}
        self._modules = []                         # those whose calls are not over

    def __enter__(self) -> "record":
        global _notes
        _notes = self.notes
        watch.listen(self)
        return self

    def __exit__(self, *_) -> None:
        watch.observers.remove(self)

    def leaf(self, out) -> None:
        self._note(out, None)

    def made(self, out, op, inputs, arrays, tracked) -> None:
        cut = None if tracked or not op.rules or out.dtype.kind != "f" else _cut(op, inputs)
        self._note(out, cut)

    def detached(self, out, source) -> None:
        self._note(out, ("detach", (source,)) if source.requires_grad else None)

    def entered(self, module) -> None:
        self._modules.append(module)

    def left(self, module) -> None:
        if module in self._modules[-1:]:           # not if the recording began inside of it
            self._modules.pop()

    def _note(self, out, cut) -> None:
        born = key(out)
        self.notes[born] = Note(lines.remember(born), tuple(self._modules), cut)


def note(thing: Any) -> Note | None:
    """What the newest recording knows about a node or a tensor."""
    return _notes.get(key(thing))


def place(value: Value) -> str:
    """Where the newest recording says that a value was made; '' if it does not know."""
    noted = note(value.thing)
    return f"made in {noted.place}: {noted.line}" if noted else ""


def recorded(graph: Graph) -> bool:
    """Does the newest recording know any value of this graph?"""
    return bool(_notes) and any(note(value.thing) for value in graph.values)


def _cut(op, inputs) -> tuple[str, tuple] | None:
    """What a tensor without a graph was computed from, though some of it requires grad."""
    tensors = [x for x in inputs if engine.is_node(x)]
    lost = [x for x in tensors if x.requires_grad]
    before = [noted.cut for x in tensors if (noted := note(x)) and noted.cut]    # cut off already
    if not lost and not before:
        return None
    how = f"no_grad: {op.__name__}" if lost else before[-1][0]
    return how, tuple(dict.fromkeys([*(x for _, sources in before for x in sources), *lost]))
