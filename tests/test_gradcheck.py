"""The checker itself: it accepts what is right and names what is wrong."""
import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import gradcheck, gradgradcheck
from minigrad.gradcheck import GradcheckError
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


# Which rule is it?

def caught(check, func, inputs):
    with pytest.raises(GradcheckError) as error:
        check(func, inputs)
    return error.value


def test_in_a_long_function_the_wrong_rule_is_found_and_its_line_shown():
    error = caught(gradcheck, lambda left, right: (wrong_square(left.exp()) * right).sum().sin(), [x(), x()])
    said = str(error).splitlines()
    assert said[0].startswith("gradcheck of 'wrong_square': d out / d input 0 (left) at index (0, 0) is ")
    assert said[0].endswith("look at the rule of 'wrong_square' for its input 0:")
    assert said[1].strip().startswith("wrong_square = primitive(np.square, lambda g, out, x: g * x")
    assert said[2].strip().startswith("at tests/test_gradcheck.py, line ")


def test_of_several_inputs_the_right_one_is_named():
    half = primitive(np.multiply, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x / 2, name="half")
    error = caught(gradcheck, lambda a, b: half(a, b), [x(), x()])
    assert "d out / d input 1 (b) at index (0, 0)" in str(error) and "of 'half' for its input 1:" in str(error)


def test_where_every_rule_is_right_something_is_cut_off():
    error = caught(gradcheck, lambda a: a * a.detach(), [x()])
    assert "every rule in its graph is right by itself, so look for a part that is cut off" in str(error)
    assert "cut off" in str(caught(gradgradcheck, wrong_second, [x()]))


def test_a_failing_check_can_be_drawn():
    from minigrad.viz import draw
    error = caught(gradcheck, lambda left: wrong_square(left * 2).sum(), [x()])
    drawn = str(draw(error.output, names=error.names)).splitlines()
    assert "left" in drawn[1] and "wrong rule" in drawn[3] and "wrong_square" in drawn[3]


def test_a_rule_that_every_input_shares_is_found_too():
    from minigrad.graph import Joint
    joined = primitive(lambda *xs: sum(xs), Joint(lambda g, out, *xs: [g * (i + 1) for i in range(len(xs))]), name="joined")
    assert "of 'joined' for its input 1:" in str(caught(gradcheck, lambda a, b: joined(a, b), [x(), x()]))
