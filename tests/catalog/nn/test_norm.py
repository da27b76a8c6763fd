"""Norms: the same numbers for any layout in memory, and what they keep of the batches."""
import numpy as np
import pytest

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


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_norms_of_any_layout_in_many_pieces(order):
    rng = np.random.default_rng(0)
    values = rng.standard_normal((70, 30, 64))
    results = []
    for x in (values, values.transpose(order).copy().transpose(np.argsort(order))):
        x, w, b = (mg.from_numpy(a).requires_grad_() for a in (x, np.ones(64), np.zeros(64)))
        y = mg.nn.functional.layer_norm(x, (64,), w, b)
        (y ** 3).sum().backward()
        results.append([y.detach().numpy(), *(t.grad.numpy() for t in (x, w, b))])
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)
