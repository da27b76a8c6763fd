"""Layers and functions that only the catalog has: rows, refusals, containers by name."""
import inspect

import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


# Rows

@pytest.mark.parametrize("name", ["hardtanh", "relu6", "hardsigmoid", "hardswish", "threshold", "elu", "celu", "selu", "mish"])
def test_inplace_writes_what_the_function_gives(name):
    function, settings = getattr(F, name), (0.5, 1.0) if name == "threshold" else ()
    x = mg.tensor([-2.0, 0.3, 7.0], requires_grad=True)
    changed = x * 1
    assert function(changed, *settings, inplace=True) is changed
    assert mg.equal(changed, function(x, *settings))
    there = mg.autograd.grad(changed.sum(), x)[0]
    assert mg.equal(there, mg.autograd.grad(function(x, *settings).sum(), x)[0])


def test_inplace_is_also_the_last_positional_argument():
    x = mg.tensor([-1.0, 9.0])
    assert F.relu6(x, True) is x and x.tolist() == [0, 6]
    with pytest.raises(TypeError):
        F.relu6(x, False, 1)


def test_a_row_has_the_help_and_the_signature_of_its_function():
    assert ">>> mg.nn.Threshold(1.0, -7.0)(mg.tensor([-2., 0.4, 7.]))" in nn.Threshold.__doc__
    assert nn.Mish.__doc__ == F.mish.__doc__.replace("mg.nn.functional.mish(", "mg.nn.Mish()(")
    assert repr(nn.ReLU6(True)) == "ReLU6(inplace=True)"
    assert F.relu6.__name__ == F.relu6.__qualname__ == "relu6" and list(inspect.signature(F.relu6).parameters) == ["input", "inplace"]
    with pytest.raises(TypeError, match=r"ELU\(alpha: float = 1.0, inplace: bool = False\): .*unexpected .*'slope'"):
        nn.ELU(slope=2)
    with pytest.raises(TypeError, match=r"Threshold\(.*: missing a required argument: 'threshold'"):
        nn.Threshold()


def test_the_catalog_adds_its_names_where_pytorch_has_them():
    from minigrad.catalog import nn as families, optim
    assert nn.Mish is families.activation.Mish and F.mish is families.activation.mish
    assert nn.utils.parameters_to_vector is families.utils.parameters_to_vector
    assert mg.optim.LBFGS is optim.LBFGS and mg.optim.lr_scheduler.LinearLR is optim.lr_scheduler.LinearLR


@pytest.mark.parametrize("call, error, message", [
    (lambda: nn.ConvTranspose2d(1, 1, 3, padding_mode="reflect"), NotImplementedError, "padding_mode='zeros'"),
    (lambda: nn.ConvTranspose2d(1, 1, 3, output_padding=1)(mg.ones(1, 1, 4, 4)), RuntimeError, "below stride"),
    (lambda: F.max_unpool2d(mg.ones(1, 1, 1), mg.tensor([[[4]]]), 2), RuntimeError, "indices from 0 to 3"),
    (lambda: F.fold(mg.ones(1, 4, 3), (2, 3), 2), RuntimeError, "1 · 2"),
    (lambda: F.grid_sample(mg.ones(1, 1, 2, 2), mg.zeros(1, 1, 1, 3)), RuntimeError, "a grid"),
    (lambda: F.interpolate(mg.ones(1, 1, 2), 4, mode="bilinear"), NotImplementedError, "2 more axes"),
    (lambda: F.interpolate(mg.ones(1, 1, 2), 4, align_corners=True), ValueError, "mixes no corners"),
])
def test_refused_with_the_reason(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_dropout_drops_whole_channels():
    mg.manual_seed(0)
    channels = nn.Dropout2d(0.5)(mg.ones(50, 20, 3, 3)).reshape(1000, 9)
    assert ((channels == 0).all(1) | (channels == 2).all(1)).all() and 0.4 < (channels == 0).float().mean().item() < 0.6


# Containers, and parameters as a vector

def test_parameters_become_a_vector_and_come_back():
    net, other = nn.Linear(3, 2), nn.Linear(3, 2)
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.shape == (8,) and vector.requires_grad
    nn.utils.vector_to_parameters(vector, other.parameters())
    assert all(mg.equal(p, q) for p, q in zip(net.parameters(), other.parameters()))


def test_a_module_dict_is_a_dict_and_a_module():
    heads = nn.ModuleDict({"a": nn.Linear(1, 1)})
    heads["b"] = nn.Linear(1, 2)
    heads.update({"c": nn.ReLU(), "a": nn.Linear(1, 3)})
    assert list(heads) == list(heads.keys()) == ["a", "b", "c"] and "b" in heads and len(heads) == 3
    assert heads["a"].out_features == 3 and [m.__class__.__name__ for m in heads.values()][2] == "ReLU"
    assert heads.pop("c").__class__ is nn.ReLU and "c" not in heads
    assert [name for name, _ in heads.named_parameters()] == ["a.weight", "a.bias", "b.weight", "b.bias"]
    heads.clear()
    assert len(heads) == 0
    for bad in (lambda: heads["x"], lambda: heads.__setitem__("keys", nn.ReLU()), lambda: heads.__delitem__("x")):
        with pytest.raises(KeyError):
            bad()
    with pytest.raises(TypeError, match="expected a Module, got int"):
        heads["x"] = 3


def test_parameter_lists_and_dicts():
    row = nn.ParameterList([mg.ones(2), nn.Parameter(mg.zeros(1))])
    row += [mg.ones(3)]
    row[0] = mg.full((2,), 5.0)
    assert [p.shape for p in row] == [(2,), (1,), (3,)] and row[-1].requires_grad and len(row[1:]) == 2
    assert list(row.state_dict()) == ["0", "1", "2"] and row[0].tolist() == [5, 5]
    with pytest.raises(IndexError):
        row[3]
    named = nn.ParameterDict({"a": mg.ones(2)})
    named["b"] = mg.zeros(1)
    assert [name for name, _ in named.named_parameters()] == ["a", "b"] and isinstance(named["b"], nn.Parameter)
