"""What was changed in place, and when: so that backward never computes with numbers that are gone.

Nothing is recorded when values are read. A change takes a number from the same clock that numbers the nodes, so a node
is stale if something that its rules read was changed after the node was born.
"""
import weakref
from functools import cache
from itertools import count

import numpy as np
from numpy.lib.array_utils import byte_bounds

clock = count(1).__next__                 # order of birth is a topological order: inputs are older than what they make
notes = {}             # id of the array that owns the memory -> [weak reference, number of its last change, rewrites]
last_change = 0
last_rewrite = 0       # a rewrite is a change that was recorded: see inplace.py


def owner(array):
    """The array whose memory this one looks at."""
    base = array
    while (base := getattr(base, "base", None)) is not None:
        if isinstance(base, np.ndarray):
            array = base
    return array


def changed(array):
    """Note that this array's memory was written to: backward refuses to go through nodes that need the old values."""
    global last_change
    array, last_change = owner(array), clock()
    key = id(array)
    if key in notes:
        notes[key][1] = last_change
    else:
        notes[key] = [weakref.ref(array, lambda _: notes.pop(key, None)), last_change, []]


def refuse_stale(node):
    """Raise if an array that a rule of this node reads was changed in place after the node was made."""
    values = (None, node.value, *node.arrays)                     # as a rule takes them: (g, out, *inputs)
    read = [part for v in node.settings.values() for part in (v if isinstance(v, tuple) else (v,))]
    if not any(_newer(x, node.born) for x in (*values, *read)):
        return
    for x, rule in zip(node.inputs, node.op.rules):
        if getattr(x, "tracked", False):
            places = node.op.rules.reads if hasattr(node.op.rules, "reads") else reads(rule)
            read += values[1:] if places is None else [values[i] for i in places]
    for array in read:
        if _newer(array, node.born):
            raise RuntimeError(
                f"backward through '{node.op.__name__}': a value of shape {array.shape} that its gradient needs was "
                "changed in place after the forward pass; change it after backward(), or change a clone() of it")


def _newer(array, born) -> bool:
    """Was this array changed after that number?"""
    if not isinstance(array, np.ndarray):
        return False
    note = notes.get(id(array if array.base is None else owner(array)))
    return note is not None and note[1] > born


@cache
def reads(rule) -> set | None:
    """The positions of the arguments whose values a rule's code reads: 1 is `out`; None if it can't be told."""
    from dis import get_instructions
    code = getattr(rule, "__code__", None)
    if code is None or code.co_flags & 0x04 or code.co_cellvars:  # a partial, *xs, or a closure over an argument
        return None
    steps, found = list(get_instructions(code)), set()
    for step, following in zip(steps, steps[1:]):
        if step.opname.startswith("LOAD_FAST"):
            names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
            form = following.opname == "LOAD_ATTR" and following.argval in ("shape", "ndim", "size", "dtype")
            found.update(names[:-1] if form else names)           # of an `x.shape` no value is read
    return {i for i in range(1, code.co_argcount) if code.co_varnames[i] in found}


# Recorded changes in place. The tensor becomes the result of the change and takes a new number; what it was lives on as
# an older node, `extra["was"]`. So an input that is younger than the node that used it has been changed since.

def inputs_of(node) -> tuple:
    """The inputs as they were when the node was made."""
    return tuple(as_it_was(x, node.born) if getattr(x, "born", 0) > node.born else x for x in node.inputs)


def as_it_was(x, born):
    """The version of a tensor that a node with this number saw."""
    while x.born > born:
        x = x.extra["was"]
    return x


def rewritten(array) -> int:
    """Note that a recorded operation wrote here: other tensors over this memory do not know of it. Returns its number."""
    global last_rewrite
    changed(array)
    last_rewrite = clock()
    note, (low, high) = notes[id(owner(array))], byte_bounds(array)
    note[2] = [n for n in note[2] if n[1] < low or n[2] > high] + [(last_rewrite, low, high)]
    return last_rewrite


def rewrites(x) -> list[int]:
    """The numbers of the rewrites of its memory that this tensor does not know of."""
    note = notes.get(id(owner(x.value))) if x.born < last_rewrite else None
    if not note or not note[2]:
        return []
    low, high = byte_bounds(x.value)
    return [born for born, start, end in note[2] if born > x.born and start < high and low < end]


def refuse_outdated(x):
    """Raise if x looks at memory that a recorded operation on another tensor has changed since."""
    if rewrites(x):
        raise RuntimeError(f"a tensor of shape {x.value.shape} shares memory with one that was changed in place by a "
                           "recorded operation, so its own history is out of date; take the view again, after the change")
