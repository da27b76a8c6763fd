"""Lazy layers beside PyTorch's: states, errors, what they become and compute; skipped without torch."""
import copy

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

CASES = [
    ("LazyLinear", (4,), {}, (5, 3)),
    ("LazyLinear", (4,), {"bias": False}, (2, 5, 3)),
    ("LazyConv1d", (4, 3), {"padding": 1}, (2, 3, 7)),
    ("LazyConv2d", (4, 3), {"stride": 2, "bias": False}, (2, 3, 7, 8)),
    ("LazyConv2d", (4, 3), {"groups": 2}, (2, 6, 7, 8)),
    ("LazyConv2d", (4, 3), {}, (3, 7, 8)),
    ("LazyConv3d", (4, 2), {}, (2, 3, 4, 5, 4)),
    ("LazyConvTranspose1d", (4, 3), {}, (2, 3, 7)),
    ("LazyConvTranspose2d", (4, 3), {"stride": 2, "output_padding": 1}, (2, 3, 4, 5)),
    ("LazyConvTranspose3d", (4, 2), {}, (2, 3, 3, 3, 3)),
    ("LazyBatchNorm1d", (), {}, (6, 3)),
    ("LazyBatchNorm2d", (), {"eps": 1e-3, "momentum": 0.3}, (2, 3, 4, 5)),
    ("LazyBatchNorm2d", (), {"affine": False}, (2, 3, 4, 5)),
    ("LazyBatchNorm2d", (), {"track_running_stats": False}, (2, 3, 4, 5)),
    ("LazyBatchNorm3d", (), {}, (2, 3, 4, 5, 2)),
    ("LazyInstanceNorm1d", (), {}, (2, 3, 5)),
    ("LazyInstanceNorm2d", (), {"affine": False}, (2, 3, 4, 5)),
    ("LazyInstanceNorm3d", (), {}, (2, 3, 4, 5, 2)),
]
CASES = [case for case in CASES if hasattr(mg.nn, case[0].removeprefix("Lazy"))]


def of(lib, array):
    return lib.tensor(array.astype(np.float32))


def test_every_lazy_layer_whose_usual_form_is_here():
    assert {case[0] for case in CASES} == {name for name in dir(torch.nn) if name.startswith("Lazy") and hasattr(mg.nn, name[4:])}
    assert len(CASES) >= 13


def said(layer):
    return layer.extra_repr().replace(", bias=True, track", ", track").replace(", bias=False, track", ", track")


@pytest.mark.parametrize("name, args, settings, shape", CASES, ids=str)
def test_what_a_lazy_layer_becomes(name, args, settings, shape):
    array = np.random.default_rng(0).standard_normal(shape)
    layers = [getattr(lib.nn, name)(*args, **settings) for lib in (mg, torch)]
    mine, theirs = layers
    assert said(mine) == said(theirs) and list(mine.state_dict()) == list(theirs.state_dict())
    assert [repr(p) for p in mine.parameters()] == [repr(p) for p in theirs.parameters()]
    assert mine.has_uninitialized_params() == theirs.has_uninitialized_params()
    trained = list(mine.parameters())
    for layer, lib in zip(layers, (mg, torch)):
        layer(of(lib, array))
    assert type(mine).__name__ == type(theirs).__name__ and said(mine) == said(theirs)
    assert all(p is q for p, q in zip(trained, mine.parameters(), strict=True))
    assert all(type(p) is mg.nn.Parameter for p in trained) and not hasattr(mine, "_initialize_hook")
    assert [p.requires_grad for p in mine.parameters()] == [p.requires_grad for p in theirs.parameters()]
    assert {k: tuple(t.shape) for k, t in mine.state_dict().items()} == {k: tuple(t.shape) for k, t in theirs.state_dict().items()}
    theirs.load_state_dict({k: torch.tensor(t.numpy()) for k, t in mine.state_dict().items()})
    outs = [layer.eval()(of(lib, array)).detach().numpy() for layer, lib in zip(layers, (mg, torch))]
    np.testing.assert_allclose(*outs, rtol=1e-5, atol=1e-5)


def test_the_first_values_are_those_of_the_usual_layer():
    for lazy, usual in ((lambda: mg.nn.LazyLinear(4), lambda: mg.nn.Linear(3, 4)),
                        (lambda: mg.nn.LazyConv1d(4, 2), lambda: mg.nn.Conv1d(3, 4, 2))):
        mg.manual_seed(1)
        expected = usual()
        mg.manual_seed(1)
        layer = lazy()
        layer(mg.ones(2, 3, 3))
        assert all((p == q).all() for p, q in zip(layer.parameters(), expected.parameters(), strict=True))


def network(lib):
    nn = lib.nn
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))


def test_an_optimizer_made_before_the_first_forward_trains_them_all():
    def run(lib):
        net = network(lib).double()
        optimizer = lib.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        rng = np.random.default_rng(0)
        x = lib.tensor(rng.standard_normal((3, 2, 5, 5)))
        assert str(net[0].weight.dtype).endswith("float64")
        net(x)
        with lib.no_grad():
            for p in net.parameters():
                p.copy_(lib.tensor(rng.standard_normal(tuple(p.shape))))
        for _ in range(5):
            optimizer.zero_grad()
            (net(x) ** 2).mean().backward()
            optimizer.step()
        return [p.detach().numpy() for p in net.parameters()]
    for mine, theirs in zip(run(mg), run(torch), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_a_state_loads_before_the_first_forward():
    full, lazy = network(mg), network(mg)
    full(mg.ones(2, 2, 5, 5))
    assert repr(lazy.load_state_dict(full.state_dict())) == "<All keys matched successfully>"
    x = mg.randn(2, 2, 5, 5)
    assert mg.equal(full.eval()(x), lazy.eval()(x)) and type(lazy[0]) is mg.nn.Conv2d


def test_a_copy_is_lazy_for_itself():
    lazy = network(mg)
    other = copy.deepcopy(lazy)
    other(mg.ones(2, 2, 5, 5))
    assert other[4].in_features == 36 and lazy[4].has_uninitialized_params()
    lazy(mg.ones(2, 3, 6, 6))
    assert lazy[0].in_channels == 3 and other[0].in_channels == 2


@pytest.mark.parametrize("use", [
    lambda lib, w: w.shape, lambda lib, w: w + 1, lambda lib, w: w.sum(), lambda lib, w: lib.ones(2) @ w, lambda lib, w: w[0],
    lambda lib, w: lib.nn.init.normal_(w), lambda lib, w: lib.nn.functional.linear(lib.ones(3), w),
    lambda lib, w: lib.nn.Linear(3, 2).load_state_dict({"weight": w, "bias": lib.ones(2)}),
])
def test_used_too_early(use):
    with pytest.raises((RuntimeError, ValueError)):
        use(torch, torch.nn.LazyLinear(2).weight)
    with pytest.raises(RuntimeError, match="not known before the first forward"):
        use(mg, mg.nn.LazyLinear(2).weight)


@pytest.mark.parametrize("name, args, shape", [("LazyConv2d", (4, 3), (2, 3)), ("LazyConv1d", (4, 3), (2, 3, 4, 5)),
                                               ("LazyConv2d", (4, 3, 1, 0, 1, 2), (1, 3, 5, 5))])
def test_an_input_that_does_not_fit(name, args, shape):
    for lib in (mg, torch):
        with pytest.raises((RuntimeError, ValueError)):
            getattr(lib.nn, name)(*args)(lib.ones(*shape))


def test_uninitialized_tensors():
    for lib, home in ((mg, mg.nn.lazy), (torch, torch.nn.parameter)):
        p, b = home.UninitializedParameter(), home.UninitializedBuffer()
        assert p.requires_grad and not b.requires_grad and repr(b) == "<UninitializedBuffer>" and home.is_lazy(p)
        b.materialize((2, 3), dtype=lib.float64)
        assert type(b) is lib.Tensor and tuple(b.shape) == (2, 3) and b.dtype == lib.float64
