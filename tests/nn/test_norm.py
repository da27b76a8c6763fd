"""Norms: what they keep of the batches."""
import numpy as np

import minigrad as mg
from minigrad import nn


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
