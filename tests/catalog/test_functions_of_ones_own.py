"""Functions of one's own and whole derivatives; the comparison with PyTorch is in test_torch_autograd."""
import sys

import pytest

import minigrad as mg
from minigrad.autograd import gradcheck
from minigrad.gradcheck import GradcheckError


def test_they_are_where_pytorch_has_them():
    import minigrad.autograd.functional as functional
    from minigrad.autograd import function
    from minigrad.autograd.function import Function, once_differentiable

    assert functional is mg.autograd.functional and function is sys.modules["minigrad.autograd.function"]
    assert Function is mg.autograd.Function and once_differentiable is function.once_differentiable


def test_a_wrong_function_of_ones_own_is_named():
    class Triple(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x, why):
            return x * 3

        @staticmethod
        def backward(ctx, g):
            return g * 2, None

    x = mg.tensor([1.0, 2.0], dtype=mg.float64, requires_grad=True)
    with pytest.raises(GradcheckError) as caught:
        gradcheck(lambda x: Triple.apply(x, "for fun").exp(), [x])
    assert "look at the rule of 'Triple' for its input 0" in str(caught.value)
    assert "test_functions_of_ones_own.py" in str(caught.value)
