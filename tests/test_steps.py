"""Memory after many training steps is what it was after a few."""
import gc
import tracemalloc

import numpy as np

import minigrad as mg
from minigrad import changes, nn


def test_memory_after_a_thousand_steps_equals_memory_after_ten():
    mg.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                        nn.Linear(4 * 16, 3))
    optimizer = mg.optim.Adam(net.parameters(), lr=1e-3)
    x, y = mg.randn(8, 1, 8, 8), mg.randint(0, 3, (8,))

    def steps(count):
        for _ in range(count):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
        del loss
        gc.collect()
        arrays = tracemalloc.take_snapshot().filter_traces([tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)])
        nodes = sum(isinstance(thing, mg.Tensor) for thing in gc.get_objects())
        return sum(trace.size for trace in arrays.traces), nodes, len(changes.notes)

    tracemalloc.start()
    try:
        assert steps(10) == steps(990)
    finally:
        tracemalloc.stop()
