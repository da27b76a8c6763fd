"""Layers that one line declares: a function's settings, help and call."""
import inspect
import pickle

import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F
from minigrad.nn.layer import Layer

LAYERS = [thing for thing in vars(nn).values() if isinstance(thing, type) and issubclass(thing, nn.Module)]


class Scale(Layer, of=mg.mul, keeps="other"):
    """Its own help."""


def test_the_settings_are_the_functions():
    assert str(inspect.signature(nn.LeakyReLU)) == "(negative_slope: float = 0.01, inplace: bool = False)"
    assert str(inspect.signature(nn.L1Loss)) == "(size_average=None, reduce=None, reduction: str = 'mean')"
    layer = nn.LeakyReLU(0.5)
    assert (layer.negative_slope, layer.inplace) == (0.5, False) and repr(layer) == "LeakyReLU(negative_slope=0.5)"
    assert repr(nn.SiLU(True)) == "SiLU(inplace=True)"
    layer.negative_slope = 0.1                                 # settings may change later
    assert layer(mg.tensor([-1.0])).item() == pytest.approx(-0.1)


def test_the_help_is_the_functions_with_the_layers_call():
    assert nn.GELU.__doc__ == F.gelu.__doc__.replace("mg.nn.functional.gelu(", "mg.nn.GELU()(")


def test_wrong_settings_are_refused_with_the_right_ones():
    with pytest.raises(TypeError, match=r"LeakyReLU\(negative_slope: float = 0.01, inplace: bool = False\): .*'slope'"):
        nn.LeakyReLU(slope=2)
    with pytest.raises(TypeError, match=r"MaxPool2d\(.*: missing a required argument: 'kernel_size'"):
        nn.MaxPool2d()
    with pytest.raises(TypeError, match="inplace"):
        nn.LeakyReLU()(mg.ones(2), inplace=True)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_every_layer_can_be_derived_from(layer):
    class Mine(layer):
        pass

    class Own(layer):
        def __init__(self, a, b=2):
            pass
    assert inspect.signature(Mine) == inspect.signature(layer)
    assert str(inspect.signature(Own)) == "(a, b=2)"


def test_a_layer_travels_and_calls():
    layer = pickle.loads(pickle.dumps(Scale(3.0)))
    assert layer(mg.tensor([1.0, 2.0])).tolist() == [3, 6] and str(inspect.signature(Scale)) == "(other)"


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "silu"])
def test_inplace_writes_what_the_function_gives(name):
    function = getattr(F, name)
    x = mg.tensor([-2.0, 0.3, 7.0], requires_grad=True)
    changed = x * 1
    assert function(changed, inplace=True) is changed
    assert mg.equal(changed, function(x))
    there = mg.autograd.grad(changed.sum(), x)[0]
    assert mg.equal(there, mg.autograd.grad(function(x).sum(), x)[0])


def test_inplace_is_also_the_last_positional_argument():
    x = mg.tensor([-1.0, 9.0])
    assert F.relu(x, True) is x and x.tolist() == [0, 9]
    assert F.leaky_relu(mg.tensor([-1.0]), 0.5, False).item() == -0.5
    with pytest.raises(TypeError):
        F.silu(x, False, 1)


def test_a_derived_class_may_use_the_names_it_likes():
    class Named(nn.CrossEntropyLoss):
        def __init__(self, names):
            super().__init__(reduction="sum")
            self.names, self.settings, self.function, self.quiet = names, {}, None, True
    loss, scores, target = Named(["a", "b"]), mg.zeros(2, 2), mg.tensor([0, 1])
    assert mg.equal(loss(scores, target), F.cross_entropy(scores, target, reduction="sum"))


def test_no_layer_is_an_instance_of_another_as_in_pytorch():
    derived = {(a.__name__, b.__name__) for a in LAYERS for b in LAYERS if a not in (b, nn.Module) and b is not nn.Module
               and issubclass(a, b)}
    derived = {(a, b) for a, b in derived if not a.startswith("Lazy") or b not in (a.removeprefix("Lazy"), "LazyModuleMixin")}
    assert derived <= {("UpsamplingNearest2d", "Upsample"), ("UpsamplingBilinear2d", "Upsample"), ("NonDynamicallyQuantizableLinear", "Linear"),
                       *((kind, "RNNBase") for kind in ("RNN", "LSTM", "GRU"))}
