"""What the catalog hands to Tensor beside functions: operators; and tensors cut in pieces."""
import pytest

import minigrad as mg


def test_logic():
    a, b = mg.tensor([True, False]), mg.tensor([True, True])
    assert ((a & b).tolist(), (a | b).tolist(), (a ^ b).tolist(), (~a).tolist()) == (
        [True, False], [True, True], [False, True], [False, True])


def test_whole_numbers_from_both_sides_and_in_place():
    x = mg.tensor([7, -7])
    assert ((x // 2).tolist(), (x % 3).tolist(), (8 // x).tolist(), (8 % x).tolist()) == ([3, -4], [1, 2], [1, -2], [1, -6])
    assert ((x & 3).tolist(), (3 & x).tolist(), (x << 1).tolist(), (x >> 1).tolist()) == ([3, 1], [3, 1], [14, -14], [3, -4])
    same = x
    x %= 4
    x //= 2
    x |= 4
    assert x is same and x.tolist() == [5, 4]
    with pytest.raises(TypeError, match="unsupported operand"):
        x % "3"


def test_split():
    a = mg.ones(2, 3)
    assert [p.shape[0] for p in mg.split(mg.arange(5), 2)] == [2, 2, 1]
    assert [p.tolist() for p in mg.arange(3).split([1, 2])] == [[0], [1, 2]]
    for refused in (lambda: mg.split(a, 0), lambda: mg.split(a, [1, 2])):
        with pytest.raises(RuntimeError):
            refused()
