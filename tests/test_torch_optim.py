"""Optimizers beside PyTorch's: the same parameters after 50 steps from the same start; skipped without torch."""
import copy
import inspect
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
    ("Adam", {"lr": 0.05, "weight_decay": 0.2, "decoupled_weight_decay": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "betas": (0.8, 0.9), "momentum_decay": 0.1, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 3, "weight_decay": 0.1, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.05, "etas": (0.3, 1.5), "step_sizes": (0.01, 0.2), "maximize": True}),
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


NAMES = sorted({name for name, _ in CASES} | {"LBFGS"})


@pytest.mark.parametrize("name", NAMES)
def test_signatures_and_defaults_are_pytorchs(name):
    here, there = getattr(mg.optim, name), getattr(torch.optim, name)
    mine, theirs = ([(p.name, p.kind, p.default) for p in inspect.signature(cls).parameters.values()] for cls in (here, there))
    assert sorted(mine) == sorted(theirs) and mine[:4] == theirs[:4]
    mine, theirs = here(start(mg, "float32")).param_groups[0], there(start(torch, "float32")).param_groups[0]
    assert len(mine) > 4 and all(mine[key] == theirs[key] for key in (mine | theirs) if key != "params")


def test_groups_and_changed_settings():
    def run(lib):
        params = start(lib, "float64")
        optimizer = lib.optim.SGD([{"params": params[:2]}, {"params": params[2], "lr": 0.5}], lr=0.1, momentum=0.5)
        train(lib, optimizer, params, 5)
        optimizer.param_groups[0]["lr"] = 0.01
        train(lib, optimizer, params, 5)
        return params
    agree(run(mg), run(torch), "float64")


def ported(x, lib):
    """A state with the other library's tensors as this one's, which share nothing."""
    if isinstance(x, dict):
        return {key: ported(value, lib) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(ported(value, lib) for value in x)
    return lib.tensor(x.detach().numpy()) if isinstance(x, (mg.Tensor, torch.Tensor)) else x


@pytest.mark.parametrize("back", [False, True], ids=["from PyTorch", "to PyTorch"])
@pytest.mark.parametrize("name, settings", [case for case in CASES if case[1]], ids=str)
def test_state_travels(name, settings, back):
    first, second = (mg, torch) if back else (torch, mg)
    there, here = start(first, "float64"), start(second, "float64")
    old, new = getattr(first.optim, name)(there, **settings), getattr(second.optim, name)(here, lr=123.0)
    train(first, old, there, 7)
    for p, q in zip(here, there):
        p.data = second.tensor(q.detach().numpy())
    new.load_state_dict(ported(old.state_dict(), second))
    again = getattr(first.optim, name)(there, **settings)            # PyTorch itself rounds some memories on loading
    again.load_state_dict(copy.deepcopy(old.state_dict()))

    train(first, again, there, 7, seed=3)
    train(second, new, here, 7, seed=3)
    agree(*((here, there) if second is mg else (there, here)), "float64")


def test_state_is_pytorchs():
    for name, settings in CASES:
        mine, theirs = start(mg, "float32"), start(torch, "float32")
        here, there = getattr(mg.optim, name)(mine, **settings), getattr(torch.optim, name)(theirs, **settings)
        train(mg, here, mine, 3)
        train(torch, there, theirs, 3)
        assert repr(here) == repr(there)
        here, there = here.state_dict(), there.state_dict()
        assert here["param_groups"] == there["param_groups"]
        for i in range(3):
            memory = {key: x for key, x in there["state"].get(i, {}).items() if x is not None}
            assert set(memory) == set(here["state"].get(i, {})), (name, settings)
            for key, x in memory.items():
                mine = here["state"][i][key]
                assert (mine.shape, str(mine.dtype)) == (tuple(x.shape), str(x.dtype))
                np.testing.assert_allclose(mine.numpy(), x.numpy(), rtol=1e-4, atol=1e-7, err_msg=f"{name} {key}")


@pytest.mark.parametrize("name", NAMES)
def test_names_of_parameters(name):
    def run(lib):
        net = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.Linear(3, 1))
        optimizer = getattr(lib.optim, name)(net.named_parameters())
        if name != "LBFGS":
            optimizer.add_param_group({"params": [("more", lib.zeros(2, requires_grad=True))]})
            with pytest.raises(ValueError):
                optimizer.add_param_group({"params": lib.zeros(1, requires_grad=True)})
        with pytest.raises(ValueError):
            getattr(lib.optim, name)([("a", lib.zeros(1)), lib.zeros(1)])
        other = getattr(lib.optim, name)([p for p in optimizer.param_groups[0]["params"]])
        if name != "LBFGS":
            other.add_param_group({"params": optimizer.param_groups[1]["params"]})
        other.load_state_dict(optimizer.state_dict())
        return [[g["param_names"] for g in one.state_dict()["param_groups"]] for one in (optimizer, other)]
    assert run(mg) == run(torch) and run(mg)[0][0] == ["0.weight", "0.bias", "1.weight", "1.bias"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "LBFGS"])
def test_the_rate_as_a_tensor(name, dtype):
    def run(lib):
        params, rate = start(lib, dtype), lib.tensor(0.01, dtype=getattr(lib, dtype))
        optimizer = getattr(lib.optim, name)(params, lr=rate)
        train(lib, optimizer, params, 5)
        rate.fill_(0.1)
        assert optimizer.param_groups[0]["lr"] is rate
        train(lib, optimizer, params, 5)
        return params
    agree(run(mg), run(torch), dtype)
    with pytest.raises(ValueError):
        getattr(mg.optim, name)(start(mg, "float64"), lr=mg.ones(2))


def test_hooks_around_a_step():
    class Twice:
        def make(self, lib):
            class Own(lib.optim.Optimizer):
                def __init__(self, params):
                    super().__init__(params, {"lr": 0.1})

                def step(self, closure=None):
                    for group in self.param_groups:
                        for p in group["params"]:
                            p.data.add_(p.grad, alpha=-group["lr"])
                    return "stepped"
            return Own

    def run(lib):
        said, out = [], []
        for cls in (lib.optim.SGD, lib.optim.Adam, Twice().make(lib)):
            params = start(lib, "float64")
            optimizer = cls(params)
            handles = [optimizer.register_step_pre_hook(lambda o, args, kwargs: said.append(("before", args[0] is o, kwargs))),
                       optimizer.register_step_post_hook(lambda o, args, kwargs: said.append(("after", len(args), kwargs)))]
            train(lib, optimizer, params, 2)
            handles[0].remove()
            train(lib, optimizer, params, 1)
            out += params
            optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7.0), {}))
            said.append(optimizer.step())
        return said, out
    (mine, here), (theirs, there) = run(mg), run(torch)
    assert mine[:-1] == theirs[:-1] and len(mine) > 15
    agree(here, there, "float64")


# PyTorch's own samples of settings

from torch.testing._internal.common_optimizers import optim_db  # noqa: E402

SAMPLES = [(info.optim_cls.__name__, sample.kwargs) for info in optim_db if hasattr(mg.optim, info.optim_cls.__name__)
           for sample in info.optim_inputs_func(device="cpu")]


@pytest.mark.parametrize("name, settings", SAMPLES, ids=str)
def test_pytorchs_samples_of_settings(name, settings):
    mine, theirs = start(mg, "float64"), start(torch, "float64")
    here = ported(settings, mg)
    if settings.get("capturable") or settings.get("differentiable"):
        with pytest.raises(NotImplementedError, match=f"{name}: minigrad's steps are not"):
            getattr(mg.optim, name)(mine, **here)
        return
    for lib, params, given in ((mg, mine, here), (torch, theirs, settings)):
        optimizer = getattr(lib.optim, name)(params, **given)
        train(lib, optimizer, params, 50, closure=name == "LBFGS")
    agree(mine, theirs, "float64", 1e-9 if name == "LBFGS" else None)


@pytest.mark.parametrize("switch", ["foreach", "fused"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "LBFGS"])
def test_pytorchs_faster_kernels_are_the_same_numbers(name, switch):
    if switch not in inspect.signature(getattr(torch.optim, name)).parameters:
        pytest.skip("PyTorch has no such kernel")
    mine, theirs = start(mg, "float64"), start(torch, "float64")
    for lib, params in ((mg, mine), (torch, theirs)):
        train(lib, getattr(lib.optim, name)(params, lr=0.01, **{switch: True}), params, 30)
    agree(mine, theirs, "float64", 1e-7 if name == "ASGD" else None)       # PyTorch's averages through float32 there
    if switch == "fused":
        with pytest.raises(RuntimeError):
            getattr(mg.optim, name)(mine, fused=True, foreach=True)


def test_most_samples_of_settings_are_not_refused():
    refused = [kwargs for _, kwargs in SAMPLES if kwargs.get("capturable") or kwargs.get("differentiable")]
    assert len({name for name, _ in SAMPLES}) == 12 and len(SAMPLES) >= 70 and len(refused) <= 0.3 * len(SAMPLES)


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
    lambda lib, p: lib.optim.Adadelta(p, rho=1.1),
    lambda lib, p: lib.optim.Adamax(p, betas=(0.0, 1.0)),
    lambda lib, p: lib.optim.NAdam(p, momentum_decay=-1),
    lambda lib, p: lib.optim.RAdam(p, betas=(-1, 0.9)),
    lambda lib, p: lib.optim.ASGD(p, weight_decay=-0.5),
    lambda lib, p: lib.optim.Rprop(p, etas=(1.0, 0.5)),
    lambda lib, p: lib.optim.Adam(p[:2]).load_state_dict(lib.optim.Adam(p).state_dict()),
])
def test_what_pytorch_refuses_is_refused(case):
    with warnings.catch_warnings(), pytest.raises(Exception) as theirs:
        warnings.simplefilter("ignore")
        case(torch, start(torch, "float32"))
    with pytest.raises(type(theirs.value)):
        case(mg, start(mg, "float32"))
