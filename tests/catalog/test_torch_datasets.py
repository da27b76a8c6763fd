"""Streams in a row and datasets side by side, beside PyTorch's."""
from collections import namedtuple

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
Pair = namedtuple("Pair", "a b")


def stream(library, n):
    class Count(library.utils.data.IterableDataset):
        def __iter__(self): return iter(range(n))
    return Count()


def plain(thing):
    if hasattr(thing, "tolist"):
        return thing.tolist(), str(thing.dtype).rpartition(".")[2]
    if isinstance(thing, dict):
        return {key: plain(x) for key, x in thing.items()}
    return type(thing)(map(plain, thing)) if type(thing) in (tuple, list) else thing


PROGRAMS = """
list(d.ChainDataset([s(2), s(3)]))
list(s(2) + s(1))
len(d.ChainDataset([s(2), s(3)]))
list(d.ChainDataset([[1, 2]]))
list(d.DataLoader(d.ChainDataset([s(2), s(3)]), batch_size=2))
d.StackDataset(a, [1, 2, 3])[1]
d.StackDataset(a, [1, 2, 3])[-1]
len(d.StackDataset(x=a, y=[1, 2, 3]))
d.StackDataset(x=a, y=[1, 2, 3])[1]
d.StackDataset(a, y=[1, 2, 3])
d.StackDataset()
d.StackDataset(a, [1])
list(d.DataLoader(d.StackDataset(x=[4, 5, 6], y=[1, 2, 3]), batch_size=2))
list(d.DataLoader(d.StackDataset(a, [1, 2, 3]), batch_size=2))
list(d.DataLoader([(1, np.ones(2)), {"a": np.ones(1, np.float32)}], batch_size=None))
[d.default_convert(x) for x in (1, 1.5, "s", b"s", None, np.ones(2), np.float32(2), np.array(["a"]), t.ones(1))]
[d.default_convert(x) for x in ([1, np.ones(1)], (1, 2), {"a": np.ones(1)}, range(2), {1, 2})]
type(d.default_convert(Pair(1, np.ones(1)))).__name__
"""


def answer(library, program):
    data = library.utils.data
    names = {"t": library, "d": data, "s": lambda n: stream(library, n), "a": data.TensorDataset(library.arange(3)), "np": np, "Pair": Pair}
    try:
        return plain(eval(program, names))
    except (AssertionError, TypeError, ValueError) as error:
        return type(error)


@pytest.mark.parametrize("program", PROGRAMS.strip().splitlines())
def test_the_same_answer(program):
    assert answer(mg, program) == answer(torch, program)
