"""Weights that are computed from others, beside PyTorch's: names, values, gradients, training; skipped without torch."""
import copy
import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

LAYERS = {
    "linear": (lambda nn: nn.Linear(3, 4), (5, 3)),
    "conv": (lambda nn: nn.Conv2d(3, 4, 2), (2, 3, 5, 5)),
    "conv1d": (lambda nn: nn.Conv1d(3, 4, 2), (2, 3, 5)),
    "transposed": (lambda nn: nn.ConvTranspose2d(3, 4, 2), (2, 3, 4, 4)),
}
WAYS = {
    "weight_norm": lambda u, layer: u.weight_norm(layer),
    "weight_norm dim 1": lambda u, layer: u.weight_norm(layer, "weight", 1),
    "weight_norm as a whole": lambda u, layer: u.weight_norm(layer, dim=None),
    "spectral_norm": lambda u, layer: u.spectral_norm(layer),
    "spectral_norm thrice": lambda u, layer: u.spectral_norm(layer, n_power_iterations=3, eps=1e-6),
    "spectral_norm dim 1": lambda u, layer: u.spectral_norm(layer, dim=1),
    "new weight_norm": lambda u, layer: u.parametrizations.weight_norm(layer),
    "new weight_norm dim 1": lambda u, layer: u.parametrizations.weight_norm(layer, dim=1),
    "new weight_norm as a whole": lambda u, layer: u.parametrizations.weight_norm(layer, dim=None),
    "new spectral_norm": lambda u, layer: u.parametrizations.spectral_norm(layer),
    "new spectral_norm twice": lambda u, layer: u.parametrizations.spectral_norm(layer, n_power_iterations=2),
}


def made(lib, layer, way):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return WAYS[way](lib.nn.utils, LAYERS[layer][0](lib.nn).double())


def pair(layer, way):
    """The same layer in both libraries."""
    mine, theirs = made(mg, layer, way), made(torch, layer, way)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({key: mg.tensor(t.numpy()) for key, t in theirs.state_dict().items()})
    return mine, theirs


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("layer", LAYERS)
def test_five_steps_of_training_and_a_use(layer, way):
    mine, theirs = pair(layer, way)
    assert type(mine).__name__ == type(theirs).__name__
    assert [n for n, _ in mine.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    outs = []
    for lib, net in ((mg, mine), (torch, theirs)):
        rng, seen = np.random.default_rng(0), []
        optimizer = lib.optim.Adam(net.parameters(), lr=0.05)
        for _ in range(5):
            x = lib.tensor(rng.standard_normal(LAYERS[layer][1]))
            optimizer.zero_grad()
            ((net(x) - net(x * 2)) ** 2).mean().backward()         # two uses, as in a GAN
            seen += [p.grad.detach().numpy().copy() for p in net.parameters() if p.grad is not None]
            optimizer.step()
        net.eval()
        seen += [net(x).detach().numpy(), net.weight.detach().numpy()]
        outs.append(seen + [t.detach().numpy() for t in net.state_dict().values()])
    for x, y in zip(*outs, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("way", WAYS)
def test_the_second_derivative(way):
    mine, theirs = pair("linear", way)
    grads = []
    for lib, net in ((mg, mine.eval()), (torch, theirs.eval())):
        x = lib.tensor(np.random.default_rng(0).standard_normal((5, 3)), requires_grad=True)
        first, = lib.autograd.grad((net(x) ** 3).sum(), x, create_graph=True)
        (first ** 2).sum().backward()
        grads.append([x.grad.numpy(), *(p.grad.numpy() for p in net.parameters() if p.grad is not None)])
    for a, b in zip(*grads, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("way", WAYS)
def test_taken_away_again(way):
    def run(lib, net):
        u, _ = lib.nn.utils, net.eval()(lib.ones(1, 3).double())                 # a forward sets the weight
        before = net.weight.detach().numpy().copy()
        if way.startswith("new"):
            u.parametrize.remove_parametrizations(net, "weight")
        else:
            getattr(u, f"remove_{way.split()[0]}")(net)
            with pytest.raises(ValueError):
                getattr(u, f"remove_{way.split()[0]}")(net)
        assert isinstance(net.weight, lib.nn.Parameter) and type(net) is lib.nn.Linear
        return list(net.state_dict()), before, net.weight.detach().numpy(), net(lib.ones(2, 3).double()).detach().numpy()
    (names, *mine), (there, *theirs) = (run(lib, net) for lib, net in zip((mg, torch), pair("linear", way)))
    assert sorted(names) == sorted(there) == ["bias", "weight"]
    for x, y in zip(mine, theirs):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-12)


def shapes(lib):
    class Symmetric(lib.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).mT

    class Exp(lib.nn.Module):
        def forward(self, x):
            return x.exp()

        def right_inverse(self, y):
            return y.log()

    class Sum(lib.nn.Module):
        def forward(self, a, b):
            return a + b

        def right_inverse(self, y):
            return y / 2, y / 2

    class Cut(lib.nn.Module):
        def forward(self, x):
            return x[:1]
    return Symmetric, Exp, Sum, Cut


def test_parametrizations_of_ones_own():
    def run(lib):
        Symmetric, Exp, Sum, Cut = shapes(lib)
        p, said = lib.nn.utils.parametrize, []
        net = lib.nn.Linear(3, 3).double()
        with lib.no_grad():
            for t in net.parameters():
                t.copy_(lib.tensor(np.random.default_rng(0).random(tuple(t.shape))) + 0.1)
        said += [p.is_parametrized(net), p.is_parametrized(net, "weight")]
        p.register_parametrization(net, "weight", Exp())
        p.register_parametrization(net, "weight", Symmetric())
        p.register_parametrization(net, "bias", Sum())
        said += [p.is_parametrized(net), p.is_parametrized(net, "bias"), type(net).__name__, list(net.state_dict()),
                 p.type_before_parametrizations(net) is lib.nn.Linear, len(net.parametrizations.weight)]
        for bad in (lambda: p.register_parametrization(net, "weight", Cut()), lambda: p.register_parametrization(net, "none", Exp()),
                    lambda: p.register_parametrization(lib.nn.Linear(2, 2), "weight", Cut())):
            with pytest.raises(ValueError):
                bad()
        out = [net.weight, net.bias]
        with p.cached():
            assert net.weight is net.weight
        assert net.weight is not net.weight
        net(lib.ones(2, 3).double()).sum().backward()
        out += [t.grad for t in net.parameters()]
        net.bias = lib.full((3,), 4.0).double()
        out += [net.bias, net.parametrizations.bias.original1]
        other = copy.deepcopy(net)
        with lib.no_grad():
            other.parametrizations.bias.original0.zero_()
        out += [other.bias, net.bias]
        with pytest.raises(ValueError):
            p.remove_parametrizations(net, "bias", leave_parametrized=False)
        p.remove_parametrizations(net, "weight", leave_parametrized=False)
        out += [net.weight]
        said += [type(net).__name__, list(net.state_dict())]
        p.remove_parametrizations(net, "bias")
        said += [type(net).__name__, sorted(net.state_dict())]
        return said, [t.detach().numpy() for t in out]
    (said, mine), (there, theirs) = run(mg), run(torch)
    assert said == there
    for x, y in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12)


def test_refusals():
    with pytest.raises(NotImplementedError, match="parametrizations.orthogonal"):
        mg.nn.utils.parametrizations.orthogonal(mg.nn.Linear(2, 2))
    for lib in (mg, torch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            lib.nn.utils.weight_norm(lib.nn.Linear(2, 2))
        assert [w.category for w in caught] == [FutureWarning]
        with pytest.raises(RuntimeError):
            lib.nn.utils.spectral_norm(lib.nn.utils.spectral_norm(lib.nn.Linear(2, 2)))
        for bad in (lib.nn.utils, lib.nn.utils.parametrizations):
            with pytest.raises(ValueError):
                bad.spectral_norm(lib.nn.Linear(2, 2), n_power_iterations=0)
