"""Learning rates beside PyTorch's, over 60 epochs and two groups; skipped without torch."""
import inspect
import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

CASES = {
    "step": lambda s, o: s.StepLR(o, 7, gamma=0.5),
    "milestones": lambda s, o: s.MultiStepLR(o, [3, 8, 8, 20], gamma=0.3),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.9),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 10, eta_min=0.01),
    "cosine down to 0": lambda s, o: s.CosineAnnealingLR(o, T_max=60),
    "lambda": lambda s, o: s.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "lambdas": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.9 ** epoch, lambda epoch: 1.0]),
    "linear": lambda s, o: s.LinearLR(o, start_factor=0.1, total_iters=10),
    "linear down": lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.2, total_iters=5),
    "one cycle": lambda s, o: s.OneCycleLR(o, max_lr=[1.0, 0.5], total_steps=60),
    "one cycle in lines": lambda s, o: s.OneCycleLR(o, 1.0, epochs=6, steps_per_epoch=10, anneal_strategy="linear",
                                                    three_phase=True, pct_start=0.2, cycle_momentum=False),
    "warm-up, then cosine": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 20), s.ExponentialLR(o, 0.8)], [5, 30]),
    "constant": lambda s, o: s.ConstantLR(o, factor=0.2, total_iters=7),
    "polynomial": lambda s, o: s.PolynomialLR(o, total_iters=30, power=1.7),
    "multiplicative": lambda s, o: s.MultiplicativeLR(o, [lambda epoch: 0.95, lambda epoch: 1 - 0.1 / (epoch + 1)]),
    "triangles": lambda s, o: s.CyclicLR(o, base_lr=0.01, max_lr=[0.1, 0.7], step_size_up=5, step_size_down=8),
    "lower triangles": lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, mode="triangular2", base_momentum=[0.5, 0.6]),
    "fading triangles": lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, mode="exp_range", gamma=0.98, cycle_momentum=False),
    "own triangles": lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, scale_fn=lambda x: 1 / x, scale_mode="cycle"),
    "own fading triangles": lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, scale_fn=lambda x: 0.9 ** x, scale_mode="iterations"),
    "cosines": lambda s, o: s.CosineAnnealingWarmRestarts(o, 7),
    "longer cosines": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4, T_mult=2, eta_min=0.01),
    "chained": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.9), s.StepLR(o, 7)]),
    "warm-up, then a chain of all": lambda s, o: s.SequentialLR(o, [
        s.ConstantLR(o, 0.1, 3), s.MultiplicativeLR(o, lambda epoch: 0.9), s.PolynomialLR(o, 9),
        s.CosineAnnealingWarmRestarts(o, 7), s.LambdaLR(o, lambda epoch: 0.8 ** epoch)], [3, 12, 25, 40]),
    "warm-up, then steps": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.5), s.MultiStepLR(o, [0, 4])], [4]),
}


def optimizer_of(lib, momentum=True, tensors=False):
    a, b = lib.zeros(3, requires_grad=True), lib.zeros(2, requires_grad=True)
    groups = [{"params": [a]}, {"params": [b], "lr": 0.3}]
    rate = lib.tensor(0.1, dtype=lib.float64) if tensors else 0.1
    groups[1]["lr"] = lib.tensor(0.3, dtype=lib.float64) if tensors else 0.3
    return lib.optim.SGD(groups, lr=rate, momentum=0.9) if momentum else lib.optim.Adam(groups, lr=rate)


def rates(lib, make, optimizer, epochs=60, scheduler=None):
    scheduler, seen = scheduler or make(lib.optim.lr_scheduler, optimizer), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(epochs):
            group = optimizer.param_groups[0]
            seen.append([*map(float, scheduler.get_last_lr()), *(float(g["lr"]) for g in optimizer.param_groups),
                         group["betas"][0] if "betas" in group else group["momentum"]])
            optimizer.step()
            scheduler.step()
    return scheduler, np.array(seen)


@pytest.mark.parametrize("momentum", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_the_same_rates(name, momentum):
    (_, mine), (_, theirs) = (rates(lib, CASES[name], optimizer_of(lib, momentum)) for lib in (mg, torch))
    np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)
    assert len({tuple(row) for row in mine.tolist()}) > 1


@pytest.mark.parametrize("name", CASES)
def test_a_schedule_goes_on_from_its_state(name):
    optimizer = optimizer_of(mg)
    scheduler, whole = rates(mg, CASES[name], optimizer)
    first = optimizer_of(mg)
    half, _ = rates(mg, CASES[name], first, 25)
    second = optimizer_of(mg)
    again = CASES[name](mg.optim.lr_scheduler, second)
    again.load_state_dict(half.state_dict())
    second.load_state_dict(first.state_dict())
    _, rest = rates(mg, None, second, 35, again)
    np.testing.assert_allclose(rest, whole[25:], rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_rates_that_are_tensors_stay_the_same_tensors(name):
    def run(lib):
        optimizer = optimizer_of(lib, tensors=True)
        before = [group["lr"] for group in optimizer.param_groups]
        scheduler, seen = rates(lib, CASES[name], optimizer, 20)
        assert all(group["lr"] is lr for group, lr in zip(optimizer.param_groups, before))
        assert all(isinstance(lr, lib.Tensor) and lr is not old for lr, old in zip(scheduler.get_last_lr(), before))
        return seen
    np.testing.assert_allclose(run(mg), run(torch), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", [name for name in CASES if "chain" not in name and "warm-up" not in name])
def test_a_step_to_an_epoch(name):
    def run(lib):
        optimizer = optimizer_of(lib)
        scheduler, seen = CASES[name](lib.optim.lr_scheduler, optimizer), []
        for epoch in [1, 2, 5, None, 7, 3, None, 0, 30, 31]:
            optimizer.step()
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                scheduler.step(*[] if epoch is None else [epoch])
            seen.append([*scheduler.get_last_lr(), scheduler.last_epoch, len(caught)])
        return seen
    np.testing.assert_allclose(run(mg), run(torch), rtol=1e-12, atol=1e-15)


def test_a_cosine_at_fractions_of_an_epoch():
    def run(lib):
        optimizer = optimizer_of(lib)
        scheduler, seen = lib.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 3, T_mult=2), []
        for step in range(80):
            scheduler.step(step / 4)
            seen.append([*scheduler.get_last_lr(), scheduler.last_epoch])
        return seen
    np.testing.assert_allclose(run(mg), run(torch), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("steps", ["oso", "so", "ss", "oss", "ssooss"])
def test_the_warning_when_the_scheduler_steps_first(steps):
    def run(lib):
        optimizer = optimizer_of(lib)
        scheduler = lib.optim.lr_scheduler.StepLR(optimizer, 3)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for step in steps:
                (optimizer if step == "o" else scheduler).step()
        return [(w.category, str(w.message)[:68]) for w in caught]
    assert run(mg) == run(torch)


@pytest.mark.parametrize("back", [False, True], ids=["from PyTorch", "to PyTorch"])
@pytest.mark.parametrize("name", CASES)
def test_a_state_travels(name, back):
    there, here = (mg, torch) if back else (torch, mg)
    first = optimizer_of(there)
    half, _ = rates(there, CASES[name], first, 23)
    second = optimizer_of(here)
    again = CASES[name](here.optim.lr_scheduler, second)
    again.load_state_dict(half.state_dict())
    for group, old in zip(second.param_groups, first.param_groups):
        group.update({key: x for key, x in old.items() if key != "params"})
    (_, mine), (_, theirs) = rates(here, None, second, 30, again), rates(there, None, first, 30, half)
    np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)


def test_a_function_that_is_an_object_is_part_of_the_state():
    class Fading:
        def __init__(self, by):
            self.by = by

        def __call__(self, epoch):
            return self.by ** epoch

    def run(lib):
        s, states = lib.optim.lr_scheduler, []
        for make in (lambda o, f: s.LambdaLR(o, [f, lambda epoch: 1.0]), lambda o, f: s.MultiplicativeLR(o, f),
                     lambda o, f: s.CyclicLR(o, 0.1, 0.2, 4, scale_fn=f)):
            state = make(optimizer_of(lib), Fading(0.5)).state_dict()
            other = make(optimizer_of(lib), Fading(0.9))
            other.load_state_dict(dict(state))
            functions = [*getattr(other, "lr_lambdas", []), getattr(other, "_scale_fn_custom", None)]
            states.append([state.get("lr_lambdas"), state.get("_scale_fn_custom"), [getattr(f, "by", None) for f in functions]])
        return states
    assert run(mg) == run(torch) and run(mg)[0][2][0] == 0.5


def averaged(lib, settings):
    """A small network's average over some steps of training: its parameters and buffers, and the rates."""
    swa, rng = lib.optim.swa_utils, np.random.default_rng(0)
    net = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.BatchNorm1d(4), lib.nn.Linear(4, 1)).double()
    with lib.no_grad():
        for p in net.parameters():
            p.copy_(lib.tensor(rng.standard_normal(tuple(p.shape))))
    make = {"ema": {"multi_avg_fn": swa.get_ema_multi_avg_fn(0.9)}, "swa": {"multi_avg_fn": swa.get_swa_multi_avg_fn()},
            "each ema": {"avg_fn": swa.get_ema_avg_fn(0.9)}, "each swa": {"avg_fn": swa.get_swa_avg_fn()}, "": {}}[settings[0]]
    average = swa.AveragedModel(net, **make, use_buffers=settings[1])
    optimizer = lib.optim.SGD([{"params": net[0].parameters()}, {"params": net[2].parameters(), "lr": 0.02}], lr=0.1)
    scheduler, seen = swa.SWALR(optimizer, swa_lr=[0.05, 0.01], anneal_epochs=5, anneal_strategy=settings[2]), []
    data = [lib.tensor(rng.standard_normal((8, 3))) for _ in range(8)]
    for x in data:
        optimizer.zero_grad()
        (net(x) ** 2).mean().backward()
        optimizer.step()
        scheduler.step()
        average.update_parameters(net)
        seen.append(scheduler.get_last_lr())
    before = [t.detach().numpy().copy() for t in average.state_dict().values()]
    swa.update_bn([(x, None) for x in data], average)
    assert average.training and [type(m).__name__ for m in average.children()] == ["Sequential"]
    return list(average.state_dict()), before, [t.detach().numpy() for t in average.state_dict().values()], seen


@pytest.mark.parametrize("settings", [("", False, "cos"), ("ema", False, "linear"), ("ema", True, "cos"), ("swa", False, "cos"),
                                      ("each ema", False, "linear"), ("each swa", True, "linear")], ids=str)
def test_averages_of_weights(settings):
    (names, *mine), (there, *theirs) = averaged(mg, settings), averaged(torch, settings)
    assert names == there and names[0] == "n_averaged"
    for here, there in zip(mine, theirs):
        for x, y in zip(here, there, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-14)


def test_every_scheduler_of_pytorch_is_here_with_its_signature():
    for name in torch.optim.lr_scheduler.__all__:
        mine, theirs = ([(p.name, p.kind, p.default) for p in inspect.signature(getattr(lib.optim.lr_scheduler, name)
                         ).parameters.values()] for lib in (mg, torch))
        assert mine[:len(theirs)] == theirs, name
        assert issubclass(getattr(mg.optim.lr_scheduler, name), mg.optim.lr_scheduler.LRScheduler)


@pytest.mark.parametrize("settings", [
    {}, {"mode": "max", "patience": 2}, {"factor": 0.5, "patience": 1, "cooldown": 3, "min_lr": [0.01, 0.05]},
    {"threshold": 0.3, "threshold_mode": "abs", "patience": 0}, {"mode": "max", "threshold_mode": "abs", "patience": 3},
], ids=str)
def test_reduce_on_plateau(settings):
    metrics = np.random.default_rng(0).standard_normal(80).cumsum() / 4 + np.linspace(4, 1, 80)
    seen = []
    for lib in (mg, torch):
        optimizer = optimizer_of(lib)
        scheduler = lib.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
        for metric in metrics:
            scheduler.step(lib.tensor(float(metric)))
            seen.append([group["lr"] for group in optimizer.param_groups])
            assert seen[-1] == scheduler.get_last_lr()
    np.testing.assert_allclose(seen[:80], seen[80:], rtol=1e-12)
    assert seen[79] != seen[0]


def test_two_schedulers_multiply():
    def run(lib):
        optimizer = optimizer_of(lib)
        s = lib.optim.lr_scheduler
        both = [s.ExponentialLR(optimizer, 0.9), s.StepLR(optimizer, 5)]
        for _ in range(12):
            optimizer.step()
            for scheduler in both:
                scheduler.step()
        return [group["lr"] for group in optimizer.param_groups]
    np.testing.assert_allclose(run(mg), run(torch), rtol=1e-12)


@pytest.mark.parametrize("make", [
    lambda s, o: s.StepLR(None, 3),
    lambda s, o: s.LinearLR(o, start_factor=2.0),
    lambda s, o: s.OneCycleLR(o, 1.0),
    lambda s, o: s.OneCycleLR(o, 1.0, total_steps=-1),
    lambda s, o: s.OneCycleLR(o, 1.0, total_steps=10, anneal_strategy="sine"),
    lambda s, o: s.LambdaLR(o, [lambda epoch: 1.0]),
    lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    lambda s, o: s.ReduceLROnPlateau(o, mode="less"),
    lambda s, o: s.SequentialLR(o, [s.ExponentialLR(o, 0.9)], [3]),
    lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o), s.ExponentialLR(o, 0.9)], [3]),
    lambda s, o: s.ExponentialLR(o, 0.9, last_epoch=4),
    lambda s, o: s.StepLR(o, 3, verbose=True),
    lambda s, o: s.ConstantLR(o, factor=1.5),
    lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="square"),
    lambda s, o: s.CyclicLR(o, [0.1], 0.2),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, T_mult=0.5),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, eta_min="low"),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2).step(-1),
    lambda s, o: s.ChainedScheduler([]),
    lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    lambda s, o: s.ChainedScheduler([s.StepLR(o, 3), o]),
])
def test_what_pytorch_refuses_is_refused(make):
    with pytest.raises(Exception) as theirs:
        make(torch.optim.lr_scheduler, optimizer_of(torch))
    with pytest.raises(type(theirs.value)):
        make(mg.optim.lr_scheduler, optimizer_of(mg))
