"""First values: the formulas of Glorot and He, seeds, and tensors filled in place."""
import math

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import init


@pytest.mark.parametrize("fill, bound", [
    (lambda t, g: init.uniform_(t, -2, 2, generator=g), 2),
    (lambda t, g: init.xavier_uniform_(t, gain=2, generator=g), 2 * math.sqrt(6 / (50 + 200))),
    (lambda t, g: init.kaiming_uniform_(t, generator=g), math.sqrt(6 / 50)),
    (lambda t, g: init.kaiming_uniform_(t, a=math.sqrt(5), generator=g), 1 / math.sqrt(50)),
    (lambda t, g: init.kaiming_uniform_(t, 0, "fan_out", "tanh", generator=g), 5 / 3 * math.sqrt(3 / 200)),
])
def test_uniform_ones_fill_their_range(fill, bound):
    t = fill(mg.empty(8, 2, 5, 5), mg.Generator().manual_seed(0))
    assert 0.98 * bound < t.max().item() <= bound and -bound <= t.min().item() < -0.98 * bound


@pytest.mark.parametrize("fill, std", [
    (lambda t, g: init.normal_(t, std=2, generator=g), 2),
    (lambda t, g: init.xavier_normal_(t, generator=g), math.sqrt(2 / (50 + 200))),
    (lambda t, g: init.kaiming_normal_(t, nonlinearity="relu", generator=g), math.sqrt(2 / 50)),
])
def test_normal_ones_have_their_standard_deviation(fill, std):
    t = fill(mg.empty(8, 2, 5, 5), mg.Generator().manual_seed(1))
    assert abs(t.std().item() - std) < 0.1 * std and abs(t.mean().item()) < 0.15 * std


def test_the_same_seed_gives_the_same_network():
    def made():
        mg.manual_seed(5)
        return nn.Sequential(nn.Linear(3, 4), nn.Conv2d(1, 2, 3))
    assert all(mg.equal(p, q) for p, q in zip(made().parameters(), made().parameters(), strict=True))
    g, h = mg.Generator().manual_seed(2), mg.Generator().manual_seed(2)
    assert mg.equal(init.normal_(mg.empty(3), generator=g), init.normal_(mg.empty(3), generator=h))


def test_layers_begin_between_plus_and_minus_one_over_the_root_of_their_inputs():
    for layer, fan in [(nn.Linear(400, 300), 400), (nn.Conv2d(16, 32, 5), 400)]:
        for p in layer.parameters():
            assert 0.9 / math.sqrt(fan) < p.abs().max().item() <= 1 / math.sqrt(fan)


def test_filling_is_in_place_keeps_the_dtype_and_is_not_recorded():
    p = nn.Parameter(mg.zeros(2, 3, dtype=mg.float64))
    value = p.value
    for fill in (init.uniform_, init.normal_, init.zeros_, init.ones_, init.xavier_uniform_, init.xavier_normal_,
                 init.kaiming_uniform_, init.kaiming_normal_, lambda t: init.constant_(t, 0.5)):
        assert fill(p) is p and p.value is value and p.is_leaf and p.dtype == mg.float64
    assert p.tolist() == [[0.5] * 3] * 2


def test_backward_notices_new_first_values_in_between():
    w = nn.Parameter(mg.ones(2, 2))
    out = (w * w).sum()
    init.zeros_(w)
    with pytest.raises(RuntimeError, match="changed in place"):
        out.backward()


def test_layers_without_inputs_have_no_infinite_bound():
    with pytest.warns(UserWarning, match="zero-element"):
        assert nn.Linear(0, 3).bias.tolist() == [0, 0, 0]


@pytest.mark.parametrize("call, message", [
    (lambda: init.xavier_uniform_(mg.empty(3)), r"shape \(out, in, ...\), got torch.Size\(\[3\]\)"),
    (lambda: init.kaiming_normal_(mg.empty(2, 2), mode="fan_middle"), "'fan_in' or 'fan_out', got 'fan_middle'"),
    (lambda: init.calculate_gain("gelu"), "expected one of linear, .*, got 'gelu'"),
])
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
