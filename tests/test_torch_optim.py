"""Optimizers beside PyTorch's: the same parameters after 50 steps from the same start; skipped without torch."""
import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.01, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-4}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1, "amsgrad": True}),
    ("Adam", {"lr": 0.05, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.2}),
    ("AdamW", {"lr": 0.05, "amsgrad": True, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.9, "centered": True, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.01, "initial_accumulator_value": 0.1}),
]


def start(lib, dtype):
    rng = np.random.default_rng(1)
    return [lib.tensor(rng.standard_normal(shape).astype(dtype), requires_grad=True) for shape in [(4, 3), (3,), ()]]


def loss(params, x):
    w, b, s = params
    return (((x @ w).tanh() * s + b) ** 2).mean()


def train(lib, optimizer, params, steps, seed=2, closure=False):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        x = lib.tensor(rng.standard_normal((8, 4)).astype(str(params[0].dtype).removeprefix("torch.")))

        def evaluate():
            optimizer.zero_grad()
            value = loss(params, x)
            value.backward()
            return value

        if closure:
            optimizer.step(evaluate)
        else:
            evaluate()
            optimizer.step()


def agree(mine, theirs, dtype, tolerance=None):
    tolerance = tolerance or {"float32": 2e-5, "float64": 1e-12}[dtype]
    for p, q in zip(mine, theirs, strict=True):
        assert str(p.dtype) == f"torch.{dtype}"
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name, settings", CASES, ids=str)
def test_fifty_steps(name, settings, dtype):
    mine, theirs = start(mg, dtype), start(torch, dtype)
    train(mg, getattr(mg.optim, name)(mine, **settings), mine, 50)
    train(torch, getattr(torch.optim, name)(theirs, **settings), theirs, 50)
    agree(mine, theirs, dtype)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "LBFGS"])
def test_defaults_are_pytorchs(name):
    mine = getattr(mg.optim, name)(start(mg, "float32")).param_groups[0]
    theirs = getattr(torch.optim, name)(start(torch, "float32")).param_groups[0]
    assert len(mine) > 4 and all(mine[key] == theirs[key] for key in mine if key != "params")


def test_groups_and_changed_settings():
    def run(lib):
        params = start(lib, "float64")
        optimizer = lib.optim.SGD([{"params": params[:2]}, {"params": params[2], "lr": 0.5}], lr=0.1, momentum=0.5)
        train(lib, optimizer, params, 5)
        optimizer.param_groups[0]["lr"] = 0.01
        train(lib, optimizer, params, 5)
        return params
    agree(run(mg), run(torch), "float64")


@pytest.mark.parametrize("name, settings", [case for case in CASES if case[1]], ids=str)
def test_state_travels_from_pytorch(name, settings):
    theirs = start(torch, "float64")
    there = getattr(torch.optim, name)(theirs, **settings)
    train(torch, there, theirs, 7)

    mine = [mg.tensor(p.detach().numpy(), requires_grad=True) for p in theirs]
    here = getattr(mg.optim, name)(mine, lr=123.0)
    saved = there.state_dict()
    arrays = {i: {key: mg.tensor(x.numpy()) if isinstance(x, torch.Tensor) else x for key, x in memory.items()}
              for i, memory in saved["state"].items()}
    here.load_state_dict({**saved, "state": arrays})

    train(mg, here, mine, 7, seed=3)
    train(torch, there, theirs, 7, seed=3)
    agree(mine, theirs, "float64")


def test_state_has_pytorchs_keys():
    for name, settings in CASES:
        mine, theirs = start(mg, "float32"), start(torch, "float32")
        here, there = getattr(mg.optim, name)(mine, **settings), getattr(torch.optim, name)(theirs, **settings)
        train(mg, here, mine, 1)
        train(torch, there, theirs, 1)
        for i in range(3):
            mine, theirs = (optimizer.state_dict()["state"].get(i, {}) for optimizer in (here, there))
            assert set(mine) == {key for key, x in theirs.items() if x is not None}, (name, settings)


# PyTorch's own samples of settings

from torch.testing._internal.common_optimizers import optim_db  # noqa: E402

SAMPLES = [(info.optim_cls.__name__, sample.kwargs) for info in optim_db if hasattr(mg.optim, info.optim_cls.__name__)
           for sample in info.optim_inputs_func(device="cpu")]


@pytest.mark.parametrize("name, settings", SAMPLES, ids=str)
def test_pytorchs_samples_of_settings(name, settings):
    mine, theirs = start(mg, "float64"), start(torch, "float64")
    if set(settings) & {"capturable", "differentiable", "fused", "foreach"} or isinstance(settings.get("lr"), torch.Tensor):
        with pytest.raises((TypeError, ValueError)):
            getattr(mg.optim, name)(mine, **settings)
        return
    for lib, params in ((mg, mine), (torch, theirs)):
        optimizer = getattr(lib.optim, name)(params, **settings)
        train(lib, optimizer, params, 50, closure=name == "LBFGS")
    agree(mine, theirs, "float64", 1e-9 if name == "LBFGS" else None)


def test_most_samples_of_settings_are_not_refused():
    refused = [kwargs for _, kwargs in SAMPLES if set(kwargs) & {"capturable", "differentiable", "fused", "foreach"}
               or isinstance(kwargs.get("lr"), torch.Tensor)]
    assert len({name for name, _ in SAMPLES}) == 6 and len(SAMPLES) >= 39 and len(refused) <= 0.4 * len(SAMPLES)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_finds_the_same_valley_and_goes_on_from_a_state(search):
    def rosenbrock(lib, w, optimizer):
        optimizer.zero_grad()
        value = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
        value.backward()
        return value

    ends = []
    for lib in (mg, torch):
        w = lib.tensor(np.array([-1.2, 1.0]), requires_grad=True)
        settings = dict(lr=1 if search else 1e-2, max_iter=7, line_search_fn=search, history_size=5)
        saved = None
        for _ in range(9):                                     # a new optimizer goes on from the old one's state
            optimizer = lib.optim.LBFGS([w], **settings)
            if saved:
                optimizer.load_state_dict(saved)
            optimizer.step(lambda: rosenbrock(lib, w, optimizer))
            saved = optimizer.state_dict()
        ends.append(w.detach().numpy())
    np.testing.assert_allclose(*ends, rtol=1e-7)
    assert search is None or np.allclose(ends[0], 1, atol=0.2)


@pytest.mark.parametrize("case", [
    lambda lib, p: lib.optim.SGD([], lr=0.1),
    lambda lib, p: lib.optim.SGD(p[0], lr=0.1),
    lambda lib, p: lib.optim.SGD([p[0] * 2], lr=0.1),
    lambda lib, p: lib.optim.SGD(["weight"], lr=0.1),
    lambda lib, p: lib.optim.SGD(p, lr=-0.1),
    lambda lib, p: lib.optim.SGD(p, momentum=-1),
    lambda lib, p: lib.optim.SGD(p, nesterov=True),
    lambda lib, p: lib.optim.SGD([{"params": p[:2]}, {"params": p[1:]}], lr=0.1),
    lambda lib, p: lib.optim.RMSprop(p, alpha=-1),
    lambda lib, p: lib.optim.Adagrad(p, lr_decay=-1),
    lambda lib, p: lib.optim.LBFGS([{"params": p[:2]}, {"params": p[2:]}]),
    lambda lib, p: lib.optim.Adam(p, betas=(1.0, 0.9)),
    lambda lib, p: lib.optim.Adam(p, eps=-1e-8),
    lambda lib, p: lib.optim.Adam(p[:2]).load_state_dict(lib.optim.Adam(p).state_dict()),
])
def test_what_pytorch_refuses_is_refused(case):
    with warnings.catch_warnings(), pytest.raises(Exception) as theirs:
        warnings.simplefilter("ignore")
        case(torch, start(torch, "float32"))
    with pytest.raises(type(theirs.value)):
        case(mg, start(mg, "float32"))
