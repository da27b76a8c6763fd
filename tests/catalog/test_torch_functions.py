"""Functions of the catalog beside PyTorch's, where its own samples do not look: corners, ties, limits, old names."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def both(program):
    """What a program gives with minigrad and with PyTorch, as plain values, and the dtypes."""
    return [said(program(m)) for m in (mg, torch)]


def said(x):
    if isinstance(x, (tuple, list)):
        return [said(part) for part in x]
    if hasattr(x, "detach"):
        return str(x.dtype).rpartition(".")[2], tuple(x.shape), np.nan_to_num(x.detach().numpy(), nan=-77.0).tolist()
    return x


def slopes(m, function, *data, dtype="float64"):
    xs = [m.tensor(x, dtype=getattr(m, dtype), requires_grad=True) for x in data]
    return m.autograd.grad(function(*xs).sum(), xs)


# Limits

@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_finfo_gives_python_numbers(kind):
    mine, other = mg.finfo(getattr(mg, kind)), torch.finfo(getattr(torch, kind))
    for name in "bits eps max min tiny smallest_normal resolution dtype".split():
        assert type(getattr(mine, name)) is type(getattr(other, name)) and getattr(mine, name) == getattr(other, name)
    assert repr(mine) == repr(other)


@pytest.mark.parametrize("kind", ["uint8", "int8", "int16", "int32", "int64"])
def test_iinfo_gives_python_numbers(kind):
    mine, other = mg.iinfo(getattr(mg, kind)), torch.iinfo(getattr(torch, kind))
    assert [(type(x.min), x.min, x.max, x.bits, x.dtype, repr(x)) for x in (mine,)] == [
        (int, other.min, other.max, other.bits, other.dtype, repr(other))]


@pytest.mark.parametrize("call", [lambda m: m.finfo(m.int64), lambda m: m.iinfo(m.float32), lambda m: m.iinfo(m.bool), lambda m: m.iinfo()])
def test_limits_that_a_dtype_has_not(call):
    for m in (mg, torch):
        with pytest.raises(TypeError):
            call(m)


# Dtypes and slopes that once differed

@pytest.mark.parametrize("kind, value", [("int64", 2.5), ("bool", 2.5), ("float32", 7), ("uint8", 3), ("float16", 0.1), ("int32", True)])
def test_index_fill_keeps_the_dtype(kind, value):
    mine, other = both(lambda m: m.ones(3, dtype=getattr(m, kind)).index_fill(0, m.tensor([0, 2]), value))
    assert mine == other


@pytest.mark.parametrize("value", [300, float("nan"), -300])
def test_index_fill_refuses_what_does_not_fit(value):
    for m in (mg, torch):
        with pytest.raises(RuntimeError):
            m.ones(2, dtype=m.uint8).index_fill(0, m.tensor([0]), value)


def test_the_slope_of_atan2_where_no_direction_is_steeper():
    mine, other = both(lambda m: slopes(m, m.atan2, [0.0, 0.0, 1.0, -0.0], [0.0, 1.0, 0.0, -1.0]))
    assert mine == other


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running_sums_round_as_pytorch_s(kind, name):
    x = np.random.default_rng(0).standard_normal((3, 4000)).astype(kind)
    mine, other = both(lambda m: getattr(m.from_numpy(x), name)(1))
    assert mine == other


# Ties

@pytest.mark.parametrize("data", [[1.0, 2.0, 2.0, 3.0], [2.0, 2.0, 2.0], [1.0, float("inf"), float("inf")], [1.0, float("nan"), float("nan")], [5.0]])
def test_the_median_s_gradient_is_shared(data):
    mine, other = both(lambda m: slopes(m, m.median, data))
    assert mine == other
    assert both(lambda m: m.median(m.tensor(data)))[0] == both(lambda m: m.median(m.tensor(data)))[1]


TIED = np.random.default_rng(0).integers(0, 3, (4, 9)).astype(float)


@pytest.mark.parametrize("call", [
    lambda m, x: m.max(x, -1), lambda m, x: m.min(x, 0), lambda m, x: m.median(x, -1), lambda m, x: m.nanmedian(x, 0), lambda m, x: m.cummax(x, 1), lambda m, x: m.cummin(x, 0),
    lambda m, x: m.sort(x, dim=-1, stable=True), lambda m, x: m.sort(x, dim=-1, stable=True, descending=True), lambda m, x: (x.argmax(-1), x.argmin(0)),
    lambda m, x: m.unique(x, return_inverse=True, return_counts=True), lambda m, x: m.unique_consecutive(x, return_inverse=True, return_counts=True),
    lambda m, x: m.unique(x, dim=1, return_counts=True), lambda m, x: m.aminmax(x), lambda m, x: m.mode(x, 1)])
def test_equal_elements(call):
    mine, other = both(lambda m: tuple(call(m, m.tensor(TIED))))
    assert mine == other


@pytest.mark.parametrize("n", [1, 2, 7, 16, 17, 40, 100, 700])
@pytest.mark.parametrize("distinct", [1, 3, 30])
def test_which_of_equal_elements_is_named(n, distinct):
    x = np.random.default_rng(n).integers(0, distinct, (5, n)).astype(float)
    x[3:, ::5] = np.nan
    for k in {1, 2, (n + 1) // 2, n}:
        for m_call in (lambda m, x: m.kthvalue(x, k), lambda m, x: m.topk(x, k), lambda m, x: m.topk(x, k, largest=False), lambda m, x: m.topk(x, k, sorted=False),
                       lambda m, x: m.topk(x.T, k, dim=0)):
            if k <= n:
                mine, other = both(lambda m: tuple(m_call(m, m.tensor(x))))
                assert mine == other
    mine, other = both(lambda m: tuple(m.mode(m.tensor(x[:3]))))
    assert mine == other


def test_a_selection_that_goes_astray_goes_on_with_a_heap(monkeypatch):
    from minigrad.catalog import selection
    turns, heap = [], selection._heap_select
    monkeypatch.setattr(selection, "_heap_select", lambda *args: turns.append(heap(*args)))
    half = 1000                                               # what the median of three likes least (Musser, 1997)
    x = np.concatenate([[i if i % 2 else half + i - 1 for i in range(1, half + 1)], 2.0 * np.arange(1, half + 1)])
    for k in (666, 1000, 1998):
        mine, other = both(lambda m: [tuple(m.topk(m.tensor(x // 2), k, largest=False)), tuple(m.mode(m.tensor(x // 2)))])
        assert mine == other
    assert len(turns) > 20


# What programs ask of data

X = [0.5, 1.5, 1.5, 3.0, -1.0]


@pytest.mark.parametrize("call", [
    lambda m: m.histc(m.tensor(X), 4), lambda m: m.histc(m.tensor(X), bins=3, min=0, max=2), lambda m: m.histc(m.tensor([2.0, 2.0]), 4), lambda m: m.histc(m.tensor([]), 3),
    lambda m: m.tensor(X).histc(), lambda m: tuple(m.histogram(m.tensor(X), 4)), lambda m: tuple(m.histogram(m.tensor(X), 3, range=(0.0, 3.0), density=True)),
    lambda m: tuple(m.histogram(m.tensor([3.0, 3.0]), 2)), lambda m: tuple(m.histogram(m.tensor(X), 2, range=(2.0, 2.0))),
    lambda m: tuple(m.histogram(m.tensor(X), m.tensor([-1.0, 0.0, 3.0]), weight=m.tensor(X))),
    lambda m: m.einsum(m.ones(2, 3), [0, 1], m.ones(3, 4), [1, 2], [0, 2]), lambda m: m.einsum(m.ones(2, 3), [7, 1], m.ones(3, 4), [1, 2]), lambda m: m.einsum(m.ones(2, 2, 3), [..., 0], [0, ...]),
    lambda m: m.trapezoid(m.tensor(X)), lambda m: m.trapz(m.tensor(X), dx=2.0), lambda m: m.trapezoid(m.tensor([X, X]), m.tensor([0.0, 1.0, 2.0, 4.0, 8.0])),
    lambda m: m.cumulative_trapezoid(m.tensor([X, X]), dim=0), lambda m: m.cov(m.tensor([X, X[::-1]])), lambda m: m.tensor(X).cov(), lambda m: m.corrcoef(m.tensor([X, X[::-1]])),
    lambda m: m.cartesian_prod(m.tensor([1, 2]), m.tensor([3, 4, 5])), lambda m: m.combinations(m.tensor([1, 2, 3]), 2, True), lambda m: m.block_diag(m.ones(2, 2), m.tensor([3.0, 4.0])),
    lambda m: m.vander(m.tensor([1, 2, 3])), lambda m: m.vander(m.tensor(X), 3, increasing=True), lambda m: m.unravel_index(m.tensor([5, -1]), (2, 3)),
    lambda m: tuple(m.frexp(m.tensor([*X, 0.0, float("inf"), 1e-40]))), lambda m: m.nextafter(m.tensor(X), m.tensor(9.0)), lambda m: m.gcd(m.tensor([12, 18]), m.tensor(8)), lambda m: m.lcm(m.tensor([4, 6]), m.tensor(10)),
    lambda m: m.zeros(3, 3).fill_diagonal_(2), lambda m: m.zeros(5, 2).fill_diagonal_(2), lambda m: m.zeros(7, 2).fill_diagonal_(2, wrap=True), lambda m: m.zeros(2, 5, dtype=m.int64).fill_diagonal_(2.7),
    lambda m: m.zeros(2, 2, 2).fill_diagonal_(1), lambda m: m.asarray([1, 2]), lambda m: m.asarray(np.ones(2)), lambda m: m.asarray([1.0], dtype=m.float64, requires_grad=True),
    lambda m: m.ones(2, dtype=m.float64).new([1, 2]), lambda m: tuple(m.ones(2).long().new(2, 3).shape), lambda m: tuple(m.ones(2).new().shape),
    lambda m: m.is_nonzero(m.tensor([0.5])), lambda m: m.tensor(0).is_nonzero(), lambda m: m.renorm(m.tensor([X, X[::-1]]), 1, 1, 2.0),
    lambda m: m.zeros(2, 2).put_(m.tensor([3, -4]), m.tensor([5.0, 7.0])), lambda m: m.linalg.cond(m.tensor([[1.0, 2.0], [2.0, 4.0]]), 1), lambda m: m.linalg.matrix_rank(m.tensor([[1.0, 2.0], [2.0, 4.0]])),
    lambda m: tuple(m.linalg.lstsq(m.eye(3)[:, :2], m.tensor([1.0, 2.0, 3.0])))[0], lambda m: m.linalg.matrix_norm(m.eye(3), "nuc"), lambda m: m.lgamma(m.tensor([0.5, 0.0, -1.0, 4.0])),
    lambda m: m.special.digamma(m.tensor([1.0, 0.0, -1.0])), lambda m: m.special.gammaln(m.tensor([5.0])), lambda m: m.matrix_exp(m.zeros(2, 2)), lambda m: m.svd(m.eye(3)[:, :2]).S])
def test_as_in_pytorch(call):
    mine, other = both(call)
    if isinstance(mine, tuple) and mine[0].startswith("float"):
        assert mine[:2] == other[:2]
        np.testing.assert_allclose(mine[2], other[2], rtol=1e-6, atol=1e-6)
    else:
        assert mine == other


@pytest.mark.parametrize("call", [
    lambda m, x: m.conv2d(x, m.ones(1, 2, 2, 2), None, 1, 1), lambda m, x: m.conv1d(x[:, :, 0], m.ones(1, 2, 3)),
    lambda m, x: m.cosine_similarity(x, x * x, 1), lambda m, x: m.pairwise_distance(x[0, 0], x[0, 1]), lambda m, x: m.layer_norm(x, (5,)), lambda m, x: m.group_norm(x, 2),
    lambda m, x: m.max_pool2d(x, 2), lambda m, x: m.avg_pool1d(x[0], 2), lambda m, x: m.selu(x), lambda m, x: m.threshold(x, 0.1, 7.0), lambda m, x: m.channel_shuffle(x, 2)])
def test_functions_of_networks_without_their_module(call):
    x = np.random.default_rng(0).standard_normal((1, 2, 4, 5)).astype("float32")
    mine, theirs = (call(m, m.tensor(x)) for m in (mg, torch))
    np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("call", [
    lambda m: m.histc(m.tensor([1.0]), 0), lambda m: m.histc(m.tensor([1.0]), 2, 3, 1), lambda m: m.histc(m.tensor([float("nan")])), lambda m: m.trapezoid(m.tensor(1.0)),
    lambda m: m.einsum(m.ones(2, 3), [0, 99]), lambda m: m.einsum(m.ones(2), m.ones(2)), lambda m: m.is_nonzero(m.ones(2)), lambda m: m.zeros(3).fill_diagonal_(1), lambda m: m.zeros(2, 3, 2).fill_diagonal_(1), lambda m: m.combinations(m.ones(2, 2)),
    lambda m: m.linalg.qr(m.ones(3, 2, requires_grad=True), "complete").Q.sum().backward(), lambda m: m.linalg.svd(m.ones(2)), lambda m: m.linalg.eigh(m.ones(2, 3)),
    lambda m: m.mvlgamma(m.tensor([0.5]), 0), lambda m: m.asarray([1.0], copy=False), lambda m: m.renorm(m.ones(2, 2), -1, 0, 1), lambda m: m.gcd(m.tensor([1.5]), m.tensor([2.0]))])
def test_refused_as_in_pytorch(call):
    for m in (mg, torch):
        with pytest.raises((RuntimeError, ValueError, TypeError, IndexError, NotImplementedError)):
            call(m)


def test_asarray_shares_memory():
    for m in (mg, torch):
        array = np.zeros(2)
        m.asarray(array)[0] = 7
        assert array[0] == 7 and m.asarray(array, copy=True).numpy() is not array


@pytest.mark.parametrize("function, shape", [
    (lambda m, x: m.linalg.eigh(x + x.mT).eigenvalues, (3, 3)), (lambda m, x: m.linalg.svdvals(x), (4, 2)), (lambda m, x: m.linalg.svd(x).S, (2, 4)),
    (lambda m, x: m.linalg.lstsq(x, x[:, :1] * 2 + 1).solution, (4, 2)), (lambda m, x: m.linalg.cond(x), (3, 3)), (lambda m, x: m.linalg.matrix_norm(x, 2), (2, 3)),
    (lambda m, x: m.svd(x)[0] ** 2, (4, 2)), (lambda m, x: m.qr(x)[1] ** 2, (3, 3)), (lambda m, x: m.pinverse(x), (2, 3)), (lambda m, x: m.linalg.svd(x)[2] ** 2, (3, 2))])
def test_slopes_through_factorizations(function, shape):
    data = np.random.default_rng(0).standard_normal(shape)
    mine, other = (slopes(m, lambda x: function(m, x) ** 2, data)[0].numpy() for m in (mg, torch))
    np.testing.assert_allclose(mine, other, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("function", [lambda m, x: m.linalg.svdvals(x), lambda m, x: m.linalg.eigvalsh(x), lambda m, x: m.linalg.matrix_norm(x, "nuc"), lambda m, x: m.linalg.pinv(x)])
def test_slopes_where_a_factorization_is_not_unique(function):
    mine, other = (slopes(m, lambda x: function(m, x), np.eye(3))[0].numpy() for m in (mg, torch))
    np.testing.assert_allclose(mine, other, atol=1e-12)
