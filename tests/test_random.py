"""Chance without PyTorch: its numbers from a stored table, what is refused, and threads that share the dice."""
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import random

# Each is drawn from the seed 42

DRAWS = {
    "rand": lambda t: t.rand(4), "rand, float64": lambda t: t.rand(3, dtype=t.float64), "rand, float16": lambda t: t.rand(4, dtype=t.float16),
    "randn": lambda t: t.randn(5), "randn, 20": lambda t: t.randn(20)[::4], "randn, 20, float64": lambda t: t.randn(20, dtype=t.float64)[::6],
    "randint": lambda t: t.randint(-5, 100, (6,)), "randint, wide": lambda t: t.randint(2**40, (3,)), "randperm": lambda t: t.randperm(10),
    "uniform_": lambda t: t.empty(2, 2).t().uniform_(-3, 5), "normal_, turned": lambda t: t.empty(9, 2).t().normal_(1, 2)[0, ::2],
    "dropout": lambda t: t.nn.functional.dropout(t.ones(10), 0.3), "Linear": lambda t: t.nn.Linear(2, 2).weight,
    "Linear's bias": lambda t: t.nn.Linear(2, 2).bias, "Embedding": lambda t: t.nn.Embedding(2, 2).weight,
    "a loader's order": lambda t: t.cat(list(t.utils.data.DataLoader(range(8), 3, shuffle=True))),
    "own dice": lambda t: t.rand(3, generator=t.Generator()), "a negative seed": lambda t: (t.manual_seed(-7), t.rand(3))[1],
}

# What PyTorch 2.13 gave for them, on the CPU

TABLE = {
    "rand": [0.8822692632675171, 0.9150039553642273, 0.38286375999450684, 0.9593056440353394],
    "rand, float64": [0.05815448596142969, 0.06291016742457756, 0.12358607277440903],
    "rand, float16": [0.88232421875, 0.9150390625, 0.3828125, 0.95947265625],
    "randn": [0.33669036626815796, 0.12880940735340118, 0.23446236550807953, 0.23033303022384644, -1.1228563785552979],
    "randn, 20": [1.9269152879714966, -0.7581311464309692, 0.3558599054813385, -0.2316243201494217, -0.3097267746925354],
    "randn, 20, float64": [0.2995562877502637, -0.010085521702337353, 0.39238484373268534, -1.526543923410825],
    "randint": [52, -3, 41, 14, 76, 75],
    "randint, wide": [441507790259, 395924837646, 458615280711],
    "randperm": [2, 6, 1, 8, 4, 5, 0, 9, 3, 7],
    "uniform_": [4.058154106140137, 0.06291007995605469, 4.320031642913818, 4.674445152282715],
    "normal_, turned": [1.673380732536316, -1.2457127571105957, 1.9233144521713257, 3.220580577850342, 3.644270181655884],
    "dropout": [1.4285714626312256, 1.4285714626312256, 1.4285714626312256, 1.4285714626312256, 1.4285714626312256, 1.4285714626312256, 0.0, 0.0, 1.4285714626312256, 1.4285714626312256],
    "Linear": [0.5406103730201721, 0.5869042277336121, -0.16565565764904022, 0.6495562791824341],
    "Linear's bias": [-0.15492962300777435, 0.14268755912780762],
    "Embedding": [0.33669036626815796, 0.12880940735340118, 0.23446236550807953, 0.23033303022384644],
    "a loader's order": [0, 5, 1, 6, 3, 4, 2, 7],
    "own dice": [0.267295241355896, 0.8725283145904541, 0.3352888226509094],
    "a negative seed": [0.2533376216888428, 0.6773603558540344, 0.2534458637237549],
}


@pytest.mark.parametrize("name", TABLE)
def test_pytorchs_numbers(name):
    mg.manual_seed(42)
    found = DRAWS[name](mg).detach().numpy().ravel()
    close = 2.4e-7 if name == "randn, 20" else 0             # blocks of 16 in float32; all else is exact
    np.testing.assert_allclose(found, np.array(TABLE[name], found.dtype), rtol=0, atol=close)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1000])
def test_the_fast_shuffle_is_that_of_fisher_and_yates(n):
    g, h = mg.Generator().manual_seed(n), mg.Generator().manual_seed(n)
    order = list(range(n))
    for i, word in enumerate(g.words(n - 1).tolist()):
        j = i + word % (n - i)
        order[i], order[j] = order[j], order[i]
    assert random.shuffled(h, n).tolist() == order


def test_a_normal_that_was_left_over_comes_next_and_a_seed_forgets_it():
    g, h = mg.Generator().manual_seed(1), mg.Generator().manual_seed(1)
    assert [mg.randn(1, generator=g).item() for _ in range(4)] == mg.randn(4, generator=h).tolist()
    mg.randn(1, generator=g)
    assert g.spare is not None and g.manual_seed(1).spare is None


def test_bits_that_tie_are_decided_by_the_lower_ones():
    class Words:
        def words(self, n):
            return np.array([5, 7, 5, 8, 4, 2**32 - 1, 6, 0], np.uint32)
    p = (5 * 2**32 + 8) / 2**53
    assert random.chosen(Words(), 4, np.dtype(bool), p).tolist() == [True, False, True, False]


def test_products_and_sums_are_rounded_once():
    from fractions import Fraction
    x = mg.rand(1000, dtype=mg.float64, generator=mg.Generator().manual_seed(3)).numpy()
    exact = [float(Fraction(a) * Fraction(1.7) + Fraction(-0.3)) for a in x.tolist()]
    assert random.scaled(x, 1.7, -0.3).tolist() == exact and (x * 1.7 - 0.3).tolist() != exact


def test_threads_never_share_a_word():
    g, found = mg.Generator().manual_seed(0), []

    def draw():
        for _ in range(200):
            found.extend(mg.randn(3, generator=g).tolist() + mg.rand(5, generator=g).tolist())
    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 * 200 * 8 and len(set(found)) > 0.999 * len(found)


def test_uniform_numbers_never_reach_their_end():
    x = mg.empty(100_000, dtype=mg.float16).uniform_(0, 1)
    assert x.max() < 1 and x.min() == 0
    y = mg.empty(100_000).uniform_(1, 1 + 2**-23)
    assert (y == 1).all()


def test_seeds_and_generators():
    assert mg.manual_seed(5.9).initial_seed() == 5 and mg.manual_seed(-1).initial_seed() == 2**64 - 1
    assert mg.Generator().initial_seed() == 67280421310721 and repr(mg.Generator()).startswith("<torch._C.Generator object at 0x")
    with pytest.raises(ValueError, match=r"from -2\*\*63 to 2\*\*64 - 1, got 1844"):
        mg.manual_seed(2**64)
    with pytest.raises(TypeError):
        mg.Generator().manual_seed(2.5)


@pytest.mark.parametrize("call, error, message", [
    (lambda: mg.randint(5, 5, (2,)), RuntimeError, "low < high, got 5 and 5"),
    (lambda: mg.randint(0, 300, (2,), dtype=mg.uint8), RuntimeError, "that uint8 holds, got 0 to 299"),
    (lambda: mg.randint(-1, 5, (2,), dtype=mg.uint8), RuntimeError, "that uint8 holds, got -1 to 4"),
    (lambda: mg.randint(0, 2**24 + 2, (2,), dtype=mg.float32), RuntimeError, "that float32 holds"),
    (lambda: mg.randint(3), TypeError, "randint: expected"),
    (lambda: mg.randint(0, 2.5, (2,)), TypeError, "integer"),
    (lambda: mg.rand(2, dtype=mg.int64), NotImplementedError, "floating dtype, got int64"),
    (lambda: mg.rand(-1), RuntimeError, "sizes of 0 or more"),
    (lambda: mg.randperm(-1), RuntimeError, "sizes of 0 or more"),
    (lambda: mg.randperm(10**9), NotImplementedError, "below 214748364"),
    (lambda: mg.zeros(2).normal_(std=-1), RuntimeError, "standard deviation of 0 or more, got -1"),
    (lambda: mg.zeros(2).uniform_(3, 2), RuntimeError, "low ≤ high, got 3.0 and 2.0"),
    (lambda: mg.zeros(2, dtype=mg.int64).uniform_(), NotImplementedError, "uniform_: expected a floating dtype"),
    (lambda: mg.nn.functional.dropout(mg.ones(3, dtype=mg.int64)), RuntimeError, "floating dtype"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
