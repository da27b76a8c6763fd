"""States of generators, rarer distributions, rarer first values: what is refused, and what holds for every seed."""
import copy
import pickle

import pytest

import minigrad as mg


def test_copies_of_a_generator_draw_the_same():
    g = mg.Generator().manual_seed(3)
    mg.randn(3, generator=g)
    for h in (copy.deepcopy(g), pickle.loads(pickle.dumps(g)), g.clone_state(), mg.Generator().set_state(g.get_state())):
        assert h is not g and h.initial_seed() == 3
        assert mg.randn(4, generator=h).tolist() == mg.randn(4, generator=g.clone_state()).tolist()


def test_forks_end_where_they_began_even_after_an_error():
    before = mg.get_rng_state()
    with pytest.raises(ZeroDivisionError), mg.random.fork_rng():
        mg.rand(3)
        1 / 0
    assert mg.equal(before, mg.get_rng_state())
    with mg.random.fork_rng(enabled=False):
        mg.rand(3)
    assert not mg.equal(before, mg.get_rng_state())


def test_orthogonal_weights():
    for shape in [(4, 7), (7, 4), (3, 2, 2)]:
        w = mg.nn.init.orthogonal_(mg.empty(shape, dtype=mg.float64), 2).flatten(1)
        w = w if w.shape[0] <= w.shape[1] else w.T
        assert mg.allclose(w @ w.T, 4 * mg.eye(w.shape[0], dtype=mg.float64))


@pytest.mark.parametrize("call, error, message", [
    (lambda: mg.zeros(2).exponential_(0), RuntimeError, "rate above 0, got 0"),
    (lambda: mg.zeros(2).geometric_(1), RuntimeError, "probability between 0 and 1, got 1"),
    (lambda: mg.zeros(2).cauchy_(0, 0), RuntimeError, "sigma above 0"),
    (lambda: mg.zeros(2).log_normal_(0, 0), RuntimeError, "standard deviation above 0"),
    (lambda: mg.zeros(2, dtype=mg.int64).cauchy_(), NotImplementedError, "floating dtype, got int64"),
    (lambda: mg.zeros(2).bernoulli_(1.5), RuntimeError, "probability from 0 to 1, got 1.5"),
    (lambda: mg.zeros(2).bernoulli_(mg.tensor([0.5, 2])), RuntimeError, "probabilities from 0 to 1"),
    (lambda: mg.bernoulli(mg.tensor([1])), RuntimeError, "floating dtype"),
    (lambda: mg.zeros(2).random_(3, 2), RuntimeError, "low < high"),
    (lambda: mg.zeros(2).random_(1, 2, 3), TypeError, "expected from and to"),
    (lambda: mg.poisson(mg.tensor([-1.0])), RuntimeError, "rates of 0 or more"),
    (lambda: mg.normal(mg.zeros(2), -1.0), RuntimeError, "0 or more"),
    (lambda: mg.normal(0.0, 1.0), RuntimeError, "numbers and a size"),
    (lambda: mg.nn.init.eye_(mg.empty(3)), ValueError, "2 axes"),
    (lambda: mg.nn.init.dirac_(mg.empty(3, 3)), ValueError, "3, 4 or 5 axes"),
    (lambda: mg.nn.init.dirac_(mg.empty(3, 3, 3), 2), ValueError, "2 groups"),
    (lambda: mg.nn.init.orthogonal_(mg.empty(3)), ValueError, "2 axes or more"),
    (lambda: mg.nn.functional.dropout1d(mg.ones(3)), RuntimeError, "2 or 3 axes"),
    (lambda: mg.nn.functional.rrelu(mg.ones(3), 0.5, 0.1), RuntimeError, "lower up to upper"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
