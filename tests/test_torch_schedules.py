"""Learning rates beside PyTorch's, over 60 epochs and two groups; skipped without torch."""
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
    "warm-up, then steps": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.5), s.MultiStepLR(o, [0, 4])], [4]),
}


def optimizer_of(lib, momentum=True):
    a, b = lib.zeros(3, requires_grad=True), lib.zeros(2, requires_grad=True)
    groups = [{"params": [a]}, {"params": [b], "lr": 0.3}]
    return lib.optim.SGD(groups, lr=0.1, momentum=0.9) if momentum else lib.optim.Adam(groups, lr=0.1)


def rates(lib, make, optimizer, epochs=60, scheduler=None):
    scheduler, seen = scheduler or make(lib.optim.lr_scheduler, optimizer), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(epochs):
            group = optimizer.param_groups[0]
            seen.append([*scheduler.get_last_lr(), *(g["lr"] for g in optimizer.param_groups),
                         group["betas"][0] if "betas" in group else group["momentum"]])
            optimizer.step()
            scheduler.step()
    return scheduler, np.array(seen)


@pytest.mark.parametrize("momentum", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_the_same_rates(name, momentum):
    (_, mine), (_, theirs) = (rates(lib, CASES[name], optimizer_of(lib, momentum)) for lib in (mg, torch))
    np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)
    assert len({tuple(row) for row in mine.tolist()}) > 3


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
])
def test_what_pytorch_refuses_is_refused(make):
    with pytest.raises(Exception) as theirs:
        make(torch.optim.lr_scheduler, optimizer_of(torch))
    with pytest.raises(type(theirs.value)):
        make(mg.optim.lr_scheduler, optimizer_of(mg))
