"""Distributions beside PyTorch's: densities, moments, divergences and their gradients, shapes, refusals."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

VALUES = {"Normal": [-1.5, 0.3], "LogNormal": [0.5, 2.0], "HalfNormal": [0.2, 1.5], "Uniform": [0.7, 1.9], "Exponential": [0.1, 3.0],
          "Laplace": [-0.5, 2.0], "Cauchy": [-4.0, 0.5], "Gumbel": [-0.5, 3.0], "Bernoulli": [0.0, 1.0], "Geometric": [0.0, 4.0],
          "Categorical": [2.0, 0.0], "OneHotCategorical": [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], "Multinomial": [[1.0, 1.0, 1.0], [3.0, 0.0, 0.0]],
          "MultivariateNormal": [[0.3, -0.5], [1.0, 2.0]], "Independent": [[0.3, -0.5], [1.0, 2.0]],
          "OneHotCategoricalStraightThrough": [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]}
PAIR, OTHER = ([0.5, -0.3], [1.2, 0.7]), ([-0.2, 0.4], [0.8, 2.0])
ROWS, OTHER_ROWS = ([[1.0, 2.0, 3.0], [4.0, 1.0, 0.5]],), ([[2.0, 2.0, 1.0], [1.0, 3.0, 0.5]],)
COVARIANCE, OTHER_COVARIANCE = [[2.0, 0.5], [0.5, 1.0]], [[1.0, -0.2], [-0.2, 3.0]]


def of(name, key=None, first=None):
    """How a kind is made from parameters, by the library."""
    def make(d, *parameters):
        given = dict(zip([key] if key else (), parameters[-1:]))
        rest = parameters[:-1] if key else parameters
        return getattr(d, name)(*((first,) if first else ()), *rest, **given)
    return make


KINDS = {                                         # how it is made, parameters, other parameters
    "Normal": (of("Normal"), PAIR, OTHER), "LogNormal": (of("LogNormal"), PAIR, OTHER), "Laplace": (of("Laplace"), PAIR, OTHER),
    "Cauchy": (of("Cauchy"), PAIR, OTHER), "Gumbel": (of("Gumbel"), PAIR, OTHER), "HalfNormal": (of("HalfNormal"), ([1.2, 0.7],), ([0.8, 2.0],)),
    "Uniform": (of("Uniform"), ([0.5, -0.3], [2.0, 3.0]), ([0.2, -0.3], [2.5, 2.0])),
    "Exponential": (of("Exponential"), ([1.2, 0.7],), ([0.8, 2.0],)),
    "Bernoulli": (of("Bernoulli"), ([0.3, 0.9],), ([0.6, 0.2],)), "Bernoulli logits": (of("Bernoulli", "logits"), ([0.3, -2.0],), ([0.6, 0.2],)),
    "Geometric": (of("Geometric"), ([0.3, 0.9],), ([0.6, 0.2],)), "Geometric logits": (of("Geometric", "logits"), ([0.3, -1.0],), ([0.6, 0.2],)),
    "Categorical": (of("Categorical"), ROWS, OTHER_ROWS), "Categorical logits": (of("Categorical", "logits"), ROWS, OTHER_ROWS),
    "OneHotCategorical": (of("OneHotCategorical"), ROWS, OTHER_ROWS),
    "OneHotCategoricalStraightThrough": (of("OneHotCategoricalStraightThrough", "logits"), ROWS, OTHER_ROWS),
    "Multinomial": (of("Multinomial", None, 3), ROWS, OTHER_ROWS), "Multinomial logits": (of("Multinomial", "logits", 3), ROWS, OTHER_ROWS),
    **{f"MultivariateNormal {key}": (of("MultivariateNormal", key), ([[0.1, 0.2], [1.0, 1.5]], COVARIANCE), ([0.0, 0.0], OTHER_COVARIANCE))
       for key in ("covariance_matrix", "precision_matrix")},
    "MultivariateNormal scale_tril": (of("MultivariateNormal", "scale_tril"), ([0.1, 0.2], [[[1.2, 0.0], [0.5, 0.7]]] * 2),
                                      ([0.0, 0.5], [[1.5, 0.0], [0.2, 0.9]])),
    "Independent": (lambda d, *xs: d.Independent(d.Normal(*xs), 1), tuple([x, x] for x in PAIR), tuple([x, x] for x in OTHER)),
}
NAMES = list(KINDS)


def value(name):
    return VALUES[name.split()[0]]


def made(name, other=False, dtype="float64", grad=True):
    """(minigrad's, PyTorch's) pairs of a distribution and its parameters."""
    make, *parameters = KINDS[name]
    for m in (mg, torch):
        xs = [m.tensor(x, dtype=getattr(m, dtype), requires_grad=grad) for x in parameters[other]]
        yield m, make(m.distributions, *xs), xs


def agree(mine, theirs, tolerance=1e-9):
    assert tuple(mine.shape) == tuple(theirs.shape) and str(mine.dtype).rpartition(".")[2] == str(theirs.dtype)[6:]
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


def compare(mine, theirs, xs, ys, tolerance=1e-9):
    """Results and the gradients of the parameters."""
    agree(mine, theirs, tolerance)
    if theirs.requires_grad:
        its = torch.autograd.grad(theirs.sum(), ys, allow_unused=True)
        for a, b in zip(mg.autograd.grad(mine.sum(), xs, allow_unused=True), its, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                agree(a, b, tolerance)


@pytest.mark.parametrize("what", ["log_prob", "entropy", "mean", "variance", "stddev", "mode", "cdf", "icdf", "perplexity", "enumerate_support"])
@pytest.mark.parametrize("name", NAMES)
def test_a_quantity(name, what):
    (m, mine, xs), (_, theirs, ys) = made(name)
    given = {"log_prob": value(name), "cdf": value(name), "icdf": [0.3, 0.8]}.get(what)

    def ask(m, d):
        found = getattr(d, what)
        if given is None:
            return found() if callable(found) else found
        return found(m.tensor(given, dtype=m.float64))
    try:
        expected = ask(torch, theirs)
    except NotImplementedError:
        with pytest.raises(NotImplementedError):
            ask(mg, mine)
    else:
        rounds = name.startswith("Multinomial") and what in ("entropy", "perplexity")     # a factorial in float32, there
        compare(ask(mg, mine), expected, xs, ys, 1e-6 if rounds else 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_larger_batch(name):
    (_, mine, xs), (_, theirs, ys) = made(name)
    mine, theirs = (d.expand((3, *d.batch_shape)) for d in (mine, theirs))
    assert tuple(mine.batch_shape) == tuple(theirs.batch_shape) and tuple(mine.event_shape) == tuple(theirs.event_shape)
    compare(mine.log_prob(mg.tensor(value(name), dtype=mg.float64)), theirs.log_prob(torch.tensor(value(name), dtype=torch.float64)), xs, ys)
    assert tuple(mine.sample((2,)).shape) == tuple(theirs.sample((2,)).shape)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
@pytest.mark.parametrize("name", NAMES)
def test_samples_have_the_shape_and_the_dtype(name, shape):
    (_, mine, _), (_, theirs, _) = made(name, dtype="float32")
    assert mine.has_rsample == theirs.has_rsample and mine.has_enumerate_support == theirs.has_enumerate_support
    for draw in ["sample", "rsample"][:1 + theirs.has_rsample]:
        a, b = getattr(mine, draw)(shape), getattr(theirs, draw)(shape)
        assert tuple(a.shape) == tuple(b.shape) and str(a.dtype).rpartition(".")[2] == str(b.dtype)[6:]
        assert a.requires_grad == b.requires_grad and mine.support.check(a.detach()).all()
    if not theirs.has_rsample:
        with pytest.raises(NotImplementedError):
            mine.rsample()


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("Cauchy")])
def test_samples_lie_around_the_mean(name):
    mg.manual_seed(0)
    (_, mine, _), _ = made(name)
    drawn = mine.sample((4000,)).double()
    if mine.mean.isfinite().all():                 # a Categorical has no mean
        far = (drawn.mean(0) - mine.mean).abs() / (mine.stddev + 1e-9)
        assert (far < 6 / 4000 ** 0.5).all()


@pytest.mark.parametrize("shape", [(), (4,), (3, 5), (20,)], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_samples(name, dtype, shape):
    pairs = list(made(name, dtype=dtype, grad=False))
    for draw in ["sample", "rsample"][:1 + pairs[1][1].has_rsample]:
        drawn = []
        for m, dist, _ in pairs:
            m.manual_seed(3)
            drawn.append((getattr(dist, draw)(shape).numpy(), m.rand(3).tolist()))
        np.testing.assert_allclose(drawn[0][0], drawn[1][0], rtol=1e-5, atol=1e-6)
        assert drawn[0][1] == drawn[1][1], "the stream is no longer in step"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_divergences(name, other):
    (_, p, xs), (_, its_p, ys) = made(name)
    (_, q, zs), (_, its_q, ws) = made(other, other=True)
    try:
        expected = torch.distributions.kl_divergence(its_p, its_q)
    except NotImplementedError:
        with pytest.raises(NotImplementedError, match="No KL"):
            mg.distributions.kl_divergence(p, q)
    else:
        compare(mg.distributions.kl_divergence(p, q), expected, xs + zs, ys + ws)


def test_divergences_from_what_cannot_be():
    for m in (mg, torch):
        d = m.distributions
        assert d.kl_divergence(d.Bernoulli(m.tensor([0.0, 1.0, 0.5])), d.Bernoulli(m.tensor([1.0, 1.0, 0.0]))).tolist() == [np.inf, 0, np.inf]
        assert d.kl_divergence(d.Categorical(m.tensor([0.0, 1.0])), d.Categorical(m.tensor([1.0, 0.0]))).item() == np.inf


REFUSED = {
    "a negative width": lambda m, d: d.Normal(0.0, -1.0), "NaN": lambda m, d: d.Normal(m.tensor([float("nan")]), 1.0),
    "bounds": lambda m, d: d.Uniform(1.0, 0.0), "a probability": lambda m, d: d.Bernoulli(1.5), "both": lambda m, d: d.Bernoulli(0.5, 0.5),
    "neither": lambda m, d: d.Categorical(), "a number": lambda m, d: d.Categorical(m.tensor(1.0)), "a list": lambda m, d: d.Normal([0.0], 1.0),
    "negative weights": lambda m, d: d.Categorical(m.tensor([1.0, -1.0])), "never": lambda m, d: d.Geometric(0.0),
    "too large an event": lambda m, d: d.Independent(d.Normal(0.0, 1.0), 1), "two matrices": lambda m, d: d.MultivariateNormal(m.zeros(2), m.eye(2), m.eye(2)),
    "no matrix": lambda m, d: d.MultivariateNormal(m.zeros(2)), "not positive": lambda m, d: d.MultivariateNormal(m.zeros(2), -m.eye(2)),
    "not triangular": lambda m, d: d.MultivariateNormal(m.zeros(2), scale_tril=m.ones(2, 2)), "no vector": lambda m, d: d.MultivariateNormal(m.tensor(0.0), m.eye(2)),
    "outside": lambda m, d: d.Exponential(1.0).log_prob(m.tensor(-1.0)), "not 0 or 1": lambda m, d: d.Bernoulli(0.5).log_prob(m.tensor(0.3)),
    "no such class": lambda m, d: d.Categorical(m.ones(3)).log_prob(m.tensor(3)), "a number for a tensor": lambda m, d: d.Normal(0.0, 1.0).log_prob(1.0),
    "another event": lambda m, d: d.MultivariateNormal(m.zeros(2), m.eye(2)).log_prob(m.zeros(3)),
    "another batch": lambda m, d: d.Normal(m.zeros(2), 1.0).log_prob(m.zeros(3)), "above the bound": lambda m, d: d.Uniform(0.0, 1.0).log_prob(m.tensor(2.0)),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_pytorch_s_error(call):
    said = []
    for m in (mg, torch):
        with pytest.raises(ValueError) as error:
            call(m, m.distributions)
        said.append(str(error.value).split("(")[0][:40])
    assert said[0] == said[1]


def test_unchecked_where_that_is_asked_for():
    for m in (mg, torch):
        d = m.distributions
        assert d.Normal(0.0, 1.0, validate_args=False).log_prob(m.tensor(float("nan"))).isnan()
        assert d.Uniform(0.0, 1.0, validate_args=False).log_prob(m.tensor(2.0)).item() == -np.inf
        d.Distribution.set_default_validate_args(False)
        try:
            assert d.Normal(0.0, -1.0).scale.item() == -1
        finally:
            d.Distribution.set_default_validate_args(True)


def test_probabilities_and_logits_are_each_other_s_with_a_gradient():
    for m in (mg, torch):
        logits = m.tensor([0.3, -0.5], requires_grad=True)
        dist = m.distributions.Categorical(logits=logits)
        with m.no_grad():
            dist.sample()
        dist.probs[0].backward()
        assert abs(logits.grad[0].item() - 0.2139) < 1e-4


def test_a_distribution_of_ones_own():
    for m in (mg, torch):
        class Sure(m.distributions.Distribution):
            arg_constraints, support = {}, m.distributions.constraints.real
            def rsample(self, sample_shape=()): return m.ones(sample_shape)
            def log_prob(self, value): return value * 0
        assert Sure().sample((2,)).tolist() == [1, 1]
        for missing in (lambda: Sure().mean, lambda: Sure().entropy(), lambda: Sure().expand((2,)), lambda: Sure().mode):
            with pytest.raises(NotImplementedError):
                missing()

        @m.distributions.register_kl(Sure, m.distributions.Normal)
        def divergence(p, q): return q.scale * 2
        assert m.distributions.kl_divergence(Sure(), m.distributions.Normal(0.0, 3.0)).item() == 6


def test_the_import_paths_of_pytorch():
    from minigrad.distributions import Normal
    from minigrad.distributions.categorical import Categorical
    from minigrad.distributions.kl import kl_divergence
    from minigrad.distributions.multivariate_normal import MultivariateNormal

    d = mg.distributions
    assert (Normal, Categorical, kl_divergence, MultivariateNormal) == (d.Normal, d.Categorical, d.kl_divergence, d.MultivariateNormal)


@pytest.mark.parametrize("name", ["real", "positive", "nonnegative", "unit_interval", "simplex", "boolean", "one_hot", "real_vector", "lower_cholesky",
                                  "positive_definite", "nonnegative_integer", "positive_integer"])
def test_constraints_are_pytorch_s(name):
    x = [[1.0, 0.0], [0.0, 2.0]]
    mine, theirs = (getattr(m.distributions.constraints, name) for m in (mg, torch))
    assert repr(mine) == repr(theirs) and (mine.event_dim, mine.is_discrete) == (theirs.event_dim, theirs.is_discrete)
    assert mine.check(mg.tensor(x)).tolist() == theirs.check(torch.tensor(x)).tolist()
