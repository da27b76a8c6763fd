"""The checker itself: it accepts what is right and names what is wrong."""
import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import gradcheck, gradgradcheck
from minigrad.graph import primitive


def x():
    return mg.tensor([[0.5, 1.5], [2.5, -1.0]], dtype=mg.float64, requires_grad=True)


wrong_square = primitive(np.square, lambda g, out, x: g * x, name="wrong_square")                   # 2 is missing
wrong_second = primitive(np.square, lambda g, out, x: g * 2 * mg.graph.raw(x), name="wrong_second")   # right, but cut off from x


def test_a_wrong_rule_is_named_with_place_and_values():
    with pytest.raises(RuntimeError, match=r"'wrong_square': d out / d input 0 at index \(0, 0\) is .* by its rule and .* by nudging"):
        gradcheck(wrong_square, [x()])
    assert gradcheck(wrong_square, [x()], raise_exception=False) is False


def test_a_rule_that_forgets_its_input_fails_the_second_order_only():
    assert gradcheck(wrong_second, [x()])
    assert gradgradcheck(wrong_second, [x()], raise_exception=False) is False


def test_several_inputs_and_outputs_and_constants():
    assert gradcheck(lambda a, b, n: (a * b, (a - b) ** n), [x(), x(), 2])
    assert gradgradcheck(lambda a, b: (a * b, a.exp() / (b * b + 1)), [x(), x()])


def test_inputs_are_left_as_they_were():
    t = x()
    before = t.tolist()
    gradcheck(lambda t: t.exp(), t)
    assert t.tolist() == before and t.grad is None


def test_float32_and_nothing_to_check_are_refused():
    with pytest.raises(ValueError, match="float64"):
        gradcheck(lambda t: t, [mg.ones(1, requires_grad=True)])
    with pytest.raises(ValueError, match="requires grad"):
        gradcheck(lambda t: t, [mg.ones(1)])
