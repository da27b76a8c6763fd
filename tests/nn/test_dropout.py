"""Dropout: by chance in training, not at all otherwise."""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def test_dropout_keeps_the_mean_and_says_where_it_is_off():
    mg.manual_seed(0)
    layer, x = nn.Dropout(0.25), mg.ones(100, 1000)
    y = layer(x)
    assert y.mean().item() == pytest.approx(1, abs=0.01) and set(y.flatten().tolist()) == {0.0, np.float32(4 / 3).item()}
    assert layer.eval()(x) is x
    assert nn.Dropout(1.0)(x).sum().item() == 0
