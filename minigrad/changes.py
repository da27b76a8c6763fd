"""What was changed in place, and when: so that backward never computes with numbers that are gone.

Nothing is noted when values are read. A change takes a number from the clock that numbers the
nodes, so an array is out of date for a node if it was changed after the node was born.
"""
import weakref
from itertools import count
from threading import RLock

import numpy as np

clock = count(1).__next__                 # inputs are older: the order of birth is topological
changing = RLock()                        # reentrant: collecting garbage may change something, too
last = 0                                  # the number of the newest change
notes = {}         # id of the array that owns the memory -> (weak reference, last change, how many)


def owner(array):
    """The array whose memory this one looks at."""
    base = array
    while (base := getattr(base, "base", None)) is not None:
        if isinstance(base, np.ndarray):
            array = base
    return array


def changed(array) -> None:
    """Note that this array's memory was written to."""
    global last
    array = owner(array)
    key = id(array)
    with changing:                        # else another thread's older number might stay the last
        last = clock()
        if key not in notes:
            notes[key] = weakref.ref(array, lambda _: notes.pop(key, None)), 0, 0
        notes[key] = notes[key][0], last, notes[key][2] + 1


def changed_since(array, born: int) -> bool:
    """Was this array's memory written to after that number?"""
    note = notes.get(id(array if array.base is None else owner(array)))
    return note is not None and note[1] > born


def current(node) -> list:
    """A node's value and its inputs' arrays; an `Overwritten` for one that was changed since."""
    for part in node.settings.get("index", ()):
        if isinstance(part, np.ndarray) and changed_since(part, node.born):
            Overwritten(part, node).refuse()
    return [Overwritten(x, node) if isinstance(x, np.ndarray) and changed_since(x, node.born) else x
            for x in (node.value, *node.arrays)]


class Overwritten:
    """Stands for an array whose numbers are gone: its form can be asked for, its numbers not."""

    def __init__(self, array, node):
        self.shape, self.ndim, self.size = array.shape, array.ndim, array.size
        self.dtype, self.strides, self.operation = array.dtype, array.strides, node.op.__name__

    def refuse(self, *_, **__):
        raise RuntimeError(
            f"backward through '{self.operation}': a value of shape {self.shape} that its gradient "
            "needs was changed in place after the forward pass; change it after backward(), or "
            "change a clone() of it")

    def __getattr__(self, name):
        self.refuse()


OPERATORS = "add sub mul truediv floordiv mod pow matmul and or".split()
for _name in ("array", "array_ufunc", "array_function", "getitem", "neg", "abs", "invert", "eq",
              "ne", "lt", "le", "gt", "ge", *OPERATORS, *("r" + name for name in OPERATORS)):
    setattr(Overwritten, f"__{_name}__", Overwritten.refuse)
