"""Learning rates that change while a network trains: call `scheduler.step()` after each epoch, or each step."""
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable

from .optimizer import Optimizer


class LRScheduler:
    """The base of all schedulers; a subclass writes `get_lr`, the next learning rate of each group.

    `last_epoch` counts the steps from 0; `base_lrs` are the rates at the beginning.

    >>> class Halving(mg.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr * 0.5 ** self.last_epoch for lr in self.base_lrs]
    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> scheduler = Halving(optimizer)
    >>> for epoch in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.1]
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(self).__name__}: expected an Optimizer, got {type(optimizer).__name__}")
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(f"{type(self).__name__}: group {i} has no 'initial_lr' to go on from at last_epoch="
                               f"{last_epoch}; load the optimizer's state first")
        self.optimizer, self.last_epoch = optimizer, last_epoch
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self._begin()

    def _begin(self, step=None):
        self._is_initial = True
        (step or self.step)()
        self._is_initial = False

    def get_lr(self) -> list[float]:
        """The learning rates for `last_epoch`, one for each group."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `get_lr(self)`")

    def get_last_lr(self) -> list[float]:
        """The learning rates that the last step set."""
        return self._last_lr

    def step(self) -> None:
        """Go on by one epoch, and set the learning rates."""
        self.last_epoch += 1
        self._set(self.get_lr())

    def _set(self, rates):
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = lr
        self._last_lr = list(rates)

    def _restart(self):
        """Epoch 0, as if the scheduler began now."""
        self.last_epoch = 0
        self._set(self.base_lrs)
        self._begin(lambda: self._set(self.get_lr()))

    def _current(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict:
        """All but the optimizer, whose state is its own."""
        return {key: value for key, value in vars(self).items() if key not in ("optimizer", "_is_initial")}

    def load_state_dict(self, state_dict: dict) -> None:
        """Go on from `state_dict()`, of this or of PyTorch's scheduler of the same name."""
        vars(self).update({key: value for key, value in state_dict.items() if key in self.state_dict()})


class LambdaLR(LRScheduler):
    """The first rate times `lr_lambda(epoch)`; a list has one function for each group.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> mg.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch)).get_last_lr()
    [0.8]
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | list, last_epoch: int = -1):
        self.lr_lambdas = _for_each("LambdaLR", optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [lr * function(self.last_epoch) for lr, function in zip(self.base_lrs, self.lr_lambdas)]

    def state_dict(self):
        """All but the optimizer and the functions."""
        return {key: value for key, value in super().state_dict().items() if key != "lr_lambdas"}


class StepLR(LRScheduler):
    """The rate times gamma after every `step_size` epochs.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> scheduler = mg.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> scheduler.step(), scheduler.step(), scheduler.get_last_lr()
    (None, None, [0.4])
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        factor = self.gamma if self.last_epoch > 0 and self.last_epoch % self.step_size == 0 else 1
        return [lr * factor for lr in self._current()]


class MultiStepLR(LRScheduler):
    """The rate times gamma at each of the epochs `milestones`.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> mg.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[30, 80], gamma=0.5).get_last_lr()
    [0.8]
    """

    def __init__(self, optimizer: Optimizer, milestones: list[int], gamma: float = 0.1, last_epoch: int = -1):
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [lr * self.gamma ** self.milestones[self.last_epoch] for lr in self._current()]


class ExponentialLR(LRScheduler):
    """The rate times gamma after every epoch.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> mg.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5).get_last_lr()
    [0.8]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [lr if self._is_initial else lr * self.gamma for lr in self._current()]


class LinearLR(LRScheduler):
    """The rate times a factor that goes from start_factor to end_factor in `total_iters` epochs: a warm-up.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> mg.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=4).get_last_lr()
    [0.4]
    """

    def __init__(self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0,
                 total_iters: int = 5, last_epoch: int = -1):
        if not (0 < start_factor <= 1 and 0 <= end_factor <= 1):
            raise ValueError(f"LinearLR: expected factors from 0 (the first above it) to 1, "
                             f"got {start_factor} and {end_factor}")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        epoch, rise = self.last_epoch, self.end_factor - self.start_factor
        if epoch == 0:
            return [lr * self.start_factor for lr in self._current()]
        if self._is_initial or epoch > self.total_iters:
            return self._current()
        factor = 1 + rise / (self.total_iters * self.start_factor + (epoch - 1) * rise)
        return [lr * factor for lr in self._current()]


class CosineAnnealingLR(LRScheduler):
    """The rate falls to eta_min along half a cosine in `T_max` epochs, and rises again (Loshchilov & Hutter 2017).

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> scheduler = mg.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
    >>> scheduler.step()
    >>> round(scheduler.get_last_lr()[0], 4)
    0.4
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1):
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        if self._is_initial:
            return self._current()
        epoch, low = self.last_epoch, self.eta_min
        now, before = (1 + math.cos(math.pi * n / self.T_max) for n in (epoch, epoch - 1))
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:   # from the bottom no factor leads upwards
            return [lr + (base - low) * (1 - math.cos(math.pi / self.T_max)) / 2
                    for lr, base in zip(self._current(), self.base_lrs)]
        return [now / before * (lr - low) + low for lr in self._current()]


class OneCycleLR(LRScheduler):
    """Up from max_lr / div_factor to max_lr, then down to a 1 / final_div_factor of the beginning (Smith & Topin 2019).

    One step for each batch: total_steps, or epochs · steps_per_epoch, of which the part pct_start goes up. The
    optimizer's momentum (or beta1) goes the other way if `cycle_momentum`.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.1, momentum=0.9)
    >>> mg.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=100, div_factor=4).get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, max_lr: float | list[float], total_steps: int | None = None,
                 epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
                 anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float | list[float] = 0.85,
                 max_momentum: float | list[float] = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
                 three_phase: bool = False, last_epoch: int = -1):
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("OneCycleLR: expected total_steps, or epochs and steps_per_epoch")
        self.total_steps = epochs * steps_per_epoch if total_steps is None else total_steps
        if not isinstance(self.total_steps, int) or self.total_steps <= 0:
            raise ValueError(f"OneCycleLR: expected a whole number of steps above 0, got {self.total_steps!r}")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: expected pct_start to be a float from 0 to 1, got {pct_start!r}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: expected anneal_strategy 'cos' or 'linear', got {anneal_strategy!r}")
        self._anneal_func_type, self.cycle_momentum = anneal_strategy, cycle_momentum
        up = pct_start * self.total_steps
        ends = [(up - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum"),
                (self.total_steps - 1, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        if three_phase:
            ends[1:] = [(2 * up - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                        (self.total_steps - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum")]
        self._schedule_phases = [dict(zip(("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum"), phase))
                                 for phase in ends]
        self.use_beta1 = "betas" in optimizer.defaults
        if cycle_momentum and not self.use_beta1 and "momentum" not in optimizer.defaults:
            raise ValueError(f"OneCycleLR: {type(optimizer).__name__} has no momentum; pass cycle_momentum=False")
        if last_epoch == -1:
            names = ("max_lr", "max_momentum", "base_momentum") if cycle_momentum else ("max_lr",)
            for name, value in zip(names, (max_lr, max_momentum, base_momentum)):
                for group, one in zip(optimizer.param_groups, _for_each(name, optimizer, value)):
                    group[name] = one
            for group in optimizer.param_groups:
                group["initial_lr"] = group["max_lr"] / div_factor
                group["min_lr"] = group["initial_lr"] / final_div_factor
        super().__init__(optimizer, last_epoch)

    def _between(self, start, end, part):
        if self._anneal_func_type == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2 * (math.cos(math.pi * part) + 1)

    def get_lr(self):
        if self.last_epoch > self.total_steps:
            raise ValueError(f"OneCycleLR: step {self.last_epoch} of {self.total_steps}; the cycle is over")
        start = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        part = (self.last_epoch - start) / (end - start)
        for group in self.optimizer.param_groups if self.cycle_momentum else ():
            momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], part)
            group.update({"betas": (momentum, *group["betas"][1:])} if self.use_beta1 else {"momentum": momentum})
        return [self._between(group[phase["start_lr"]], group[phase["end_lr"]], part)
                for group in self.optimizer.param_groups]


def _for_each(name, optimizer, value):
    values = list(value) if isinstance(value, (list, tuple)) else [value] * len(optimizer.param_groups)
    if len(values) != len(optimizer.param_groups):
        raise ValueError(f"{name}: expected a value for each of {len(optimizer.param_groups)} groups, "
                         f"got {len(values)}")
    return values


class SequentialLR(LRScheduler):
    """One scheduler after the other: the next one begins at each of the `milestones`.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> warm = mg.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=4)
    >>> fall = mg.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    >>> mg.optim.lr_scheduler.SequentialLR(optimizer, [warm, fall], milestones=[4]).get_last_lr()
    [0.4]
    """

    def __init__(self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int],
                 last_epoch: int = -1):
        if not schedulers or len(milestones) != len(schedulers) - 1:
            raise ValueError(f"SequentialLR: expected a milestone between any two schedulers, got {len(schedulers)} "
                             f"schedulers and {len(milestones)} milestones")
        for scheduler in schedulers:
            if isinstance(scheduler, ReduceLROnPlateau) or getattr(scheduler, "optimizer", None) is not optimizer:
                raise ValueError("SequentialLR: expected schedulers of the same optimizer that need no metric, got a "
                                 f"{type(scheduler).__name__}")
        self._schedulers, self._milestones = list(schedulers), list(milestones)
        self.optimizer, self.last_epoch = optimizer, last_epoch + 1
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for scheduler in self._schedulers:
            _undo(scheduler)
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._begin()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:
        """Go on by one epoch, with the scheduler whose turn it is."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._restart()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def state_dict(self):
        """All but the optimizer, and the schedulers' own states."""
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict):
        """Go on from `state_dict()`."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


def _undo(scheduler):
    """Take back the step that a scheduler made when it was created."""
    if not isinstance(scheduler, SequentialLR):
        scheduler.last_epoch -= 1
    else:
        for inner in scheduler._schedulers:
            _undo(inner)


class ReduceLROnPlateau:
    """The rate times `factor` when a metric has not become better for more than `patience` epochs.

    Better is less (mode "min") or more ("max") than the best so far, by `threshold` of it ("rel") or as it is ("abs").
    After a change, `cooldown` epochs do not count. No rate falls below min_lr, nor by less than eps.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> scheduler = mg.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [1.0, 2.0, 3.0]:
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.4]
    """

    def __init__(self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10,
                 threshold: float = 1e-4, threshold_mode: str = "rel", cooldown: int = 0,
                 min_lr: float | list[float] = 0, eps: float = 1e-8):
        if factor >= 1:
            raise ValueError(f"ReduceLROnPlateau: expected a factor below 1, got {factor}")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"ReduceLROnPlateau: expected an Optimizer, got {type(optimizer).__name__}")
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError("ReduceLROnPlateau: expected mode 'min' or 'max' and threshold_mode 'rel' or 'abs', "
                             f"got {mode!r} and {threshold_mode!r}")
        vars(self).update(optimizer=optimizer, mode=mode, factor=factor, patience=patience, threshold=threshold,
                          threshold_mode=threshold_mode, cooldown=cooldown, eps=eps, cooldown_counter=0,
                          num_bad_epochs=0, last_epoch=0, best=math.inf if mode == "min" else -math.inf)
        self.min_lrs = _for_each("min_lr", optimizer, min_lr)
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def _is_better(self, new, best):
        sign = 1 if self.mode == "min" else -1
        border = best * (1 - sign * self.threshold) if self.threshold_mode == "rel" else best - sign * self.threshold
        return sign * new < sign * border

    def step(self, metrics) -> None:
        """Take note of the metric of one more epoch, and reduce the rates if it is time."""
        self.last_epoch += 1
        metric = float(metrics)
        better = self._is_better(metric, self.best)
        self.best = metric if better else self.best
        self.num_bad_epochs = 0 if better else self.num_bad_epochs + 1
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            for group, least in zip(self.optimizer.param_groups, self.min_lrs):
                if group["lr"] - (new := max(group["lr"] * self.factor, least)) > self.eps:
                    group["lr"] = new
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    get_last_lr = LRScheduler.get_last_lr
    state_dict, load_state_dict = LRScheduler.state_dict, LRScheduler.load_state_dict
