"""Several threads: each records, watches and notes for itself; the numbers are those of each alone."""
import sys
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.viz import record

STEPS = 2000


@pytest.fixture(autouse=True)
def threads_take_turns_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def together(*works):
    """What each work gives, all at once; the first error is raised."""
    found, errors = [None] * len(works), []

    def run(i):
        try:
            found[i] = works[i]()
        except BaseException as error:                                       # noqa: BLE001
            errors.append(error)
    threads = [threading.Thread(target=run, args=[i]) for i in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return found


def start(seed):
    """A net with first weights of its own, drawn here, where there is one thread only."""
    mg.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)), mg.randn(6, 2), mg.randint(0, 2, (6,))


def trained(seed, steps=STEPS):
    net, x, y = start(seed)
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def work():
        for _ in range(steps):
            loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            with mg.no_grad():
                net[0].bias.clamp_(-1, 1)
            optimizer.step()
        return np.concatenate([p.detach().numpy().ravel() for p in net.parameters()])
    return work


@pytest.mark.parametrize("count", [2, 4])
def test_nets_trained_at_once_are_those_trained_alone(count):
    alone = [trained(seed)() for seed in range(count)]
    at_once = together(*[trained(seed) for seed in range(count)])
    for a, b in zip(alone, at_once):
        np.testing.assert_array_equal(a, b)


def test_evaluating_beside_training():
    net, x, _ = start(7)

    def evaluate():
        for _ in range(STEPS):
            with mg.no_grad():
                assert not net(x).requires_grad
            assert net(x).requires_grad
    alone = trained(0)()
    np.testing.assert_array_equal(alone, together(trained(0), evaluate)[0])


def test_what_one_thread_made_another_may_walk():
    x = mg.randn(50, requires_grad=True)
    parts = together(*[lambda k=k: (x * k).sin().sum() for k in range(1, 5)])
    sum(parts).backward()
    expected = sum(k * np.cos(k * x.detach().numpy()) for k in range(1, 5))
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-4, atol=1e-5)
    x.grad = None
    together(lambda: (x * x).sum().backward())
    np.testing.assert_allclose(x.grad.numpy(), 2 * x.detach().numpy(), rtol=1e-6)


def test_anomalies_are_looked_for_where_that_was_asked():
    watching, made = threading.Event(), threading.Event()

    def careful():
        with mg.detect_anomaly():
            watching.set()
            assert made.wait(10)
            mg.ones(2, requires_grad=True).log()

    def careless():
        assert watching.wait(10)
        x = mg.zeros(2, requires_grad=True)
        (x.log() * x).sum().backward()
        made.set()
        return x.grad
    assert np.isnan(together(careful, careless)[1].numpy()).all()


def test_a_recording_notes_its_own_thread():
    ready, done = threading.Event(), threading.Event()

    def recording():
        with record() as notes:
            ready.set()
            assert done.wait(10)
            y = mg.ones(2) * 2
        return notes.notes, y.node.born

    def elsewhere():
        assert ready.wait(10)
        y = mg.ones(3) * 3
        done.set()
        return y.node.born
    (notes, mine), other = together(recording, elsewhere)
    assert mine in notes and other not in notes
