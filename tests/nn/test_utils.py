"""Gradients in bounds, containers by name: what needs no PyTorch to be held."""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def test_clipping_keeps_the_direction_and_returns_the_norm_before():
    w, b = mg.ones(3, requires_grad=True), mg.ones(2, requires_grad=True)
    (w.sum() * 3 + b.sum() * 4).backward()
    total = nn.utils.clip_grad_norm_([w, b, mg.ones(1, requires_grad=True)], max_norm=1.0)
    assert total.item() == pytest.approx(np.sqrt(9 * 3 + 16 * 2))
    norm = np.linalg.norm([*w.grad.tolist(), *b.grad.tolist()])
    assert norm == pytest.approx(1.0, rel=1e-5) and w.grad[0].item() / b.grad[0].item() == pytest.approx(0.75)
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0


def test_small_gradients_are_left_alone_and_overflow_is_named_if_asked():
    w = mg.ones(2, requires_grad=True)
    (w * 0.1).sum().backward()
    nn.utils.clip_grad_norm_(w, max_norm=1.0)
    assert w.grad.tolist() == pytest.approx([0.1, 0.1])
    w.grad = mg.tensor([np.inf, 1.0])
    with pytest.raises(RuntimeError, match="norm of the gradients is inf"):
        nn.utils.clip_grad_norm_(w, 1.0, error_if_nonfinite=True)


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


def test_dropout_keeps_the_mean_and_says_where_it_is_off():
    mg.manual_seed(0)
    layer, x = nn.Dropout(0.25), mg.ones(100, 1000)
    y = layer(x)
    assert y.mean().item() == pytest.approx(1, abs=0.01) and set(y.flatten().tolist()) == {0.0, np.float32(4 / 3).item()}
    assert layer.eval()(x) is x
    channels = nn.Dropout2d(0.5)(mg.ones(50, 20, 3, 3)).reshape(1000, 9)
    assert ((channels == 0).all(1) | (channels == 2).all(1)).all() and 0.4 < (channels == 0).float().mean().item() < 0.6
    assert nn.Dropout(1.0)(x).sum().item() == 0


def test_running_averages_are_the_batches_averages():
    layer = nn.BatchNorm1d(2, momentum=None)
    batches = [mg.randn(8, 2) * 3 + 1 for _ in range(4)]
    for batch in batches:
        layer(batch)
    means = np.stack([b.numpy().mean(0) for b in batches])
    np.testing.assert_allclose(layer.running_mean.numpy(), means.mean(0), rtol=1e-5)
    assert layer.num_batches_tracked.item() == 4
    before = layer.running_mean.numpy().copy()
    layer.eval()(batches[0])
    assert (layer.running_mean.numpy() == before).all()
