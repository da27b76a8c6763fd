"""The rarer schedules: milestones, a warm-up, one cycle, one after the other, and by a metric."""
import math
from bisect import bisect_right
from collections import Counter

from ...optim.lr_scheduler import LRScheduler, check_optimizer, rates
from ...optim.optimizer import plain
from ...public import public, refuse
from .lambdas import for_each

HOME, SGD = "mg.optim.lr_scheduler.", "mg.optim.SGD([mg.zeros(1)], lr=0.8)"         # for examples

@public("The rate falls to eta_min along half a cosine in `T_max` epochs, and rises again\n"
        "(Loshchilov & Hutter 2017).",
        f"{HOME}CosineAnnealingLR({SGD}, T_max=2).get_last_lr()", "[0.8]")
class CosineAnnealingLR(LRScheduler):
    def __init__(self, optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1):
        super().__init__(optimizer, last_epoch, T_max=T_max, eta_min=eta_min)

    def get_lr(self):
        if self._is_initial:
            return self._current()
        epoch, low = self.last_epoch, self.eta_min
        now, before = (1 + math.cos(math.pi * n / self.T_max) for n in (epoch, epoch - 1))
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:   # from the bottom no factor leads up
            return [lr + (base - low) * (1 - math.cos(math.pi / self.T_max)) / 2
                    for lr, base in zip(self._current(), self.base_lrs)]
        return [now / before * (lr - low) + low for lr in self._current()]

@public("The rate times gamma at each of the epochs `milestones`.",
        f"{HOME}MultiStepLR({SGD}, milestones=[30, 80]).get_last_lr()", "[0.8]")
class MultiStepLR(LRScheduler):
    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        super().__init__(optimizer, last_epoch, milestones=Counter(milestones), gamma=gamma)

    def get_lr(self):
        return [lr * self.gamma ** self.milestones[self.last_epoch] for lr in self._current()]

@public("The rate times a factor that goes from start_factor to end_factor in total_iters epochs.",
        f"{HOME}LinearLR({SGD}, start_factor=0.5).get_last_lr()", "[0.4]")
class LinearLR(LRScheduler):
    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        refuse(not (0 < start_factor <= 1 and 0 <= end_factor <= 1), "LinearLR: expected factors "
               f"from 0 (the first above it) to 1, got {start_factor} and {end_factor}", ValueError)
        super().__init__(optimizer, last_epoch, start_factor=start_factor, end_factor=end_factor,
                         total_iters=total_iters)

    def get_lr(self):
        epoch, rise = self.last_epoch, self.end_factor - self.start_factor
        if epoch == 0:
            return [lr * self.start_factor for lr in self._current()]
        if self._is_initial or epoch > self.total_iters:
            return self._current()
        factor = 1 + rise / (self.total_iters * self.start_factor + (epoch - 1) * rise)
        return [lr * factor for lr in self._current()]

@public("The rate times `factor` for the first total_iters epochs.",
        f"{HOME}ConstantLR({SGD}, factor=0.5).get_last_lr()", "[0.4]")
class ConstantLR(LRScheduler):
    def __init__(self, optimizer, factor=1 / 3, total_iters=5, last_epoch=-1):
        refuse(not 0 <= factor <= 1, f"ConstantLR: expected a factor from 0 to 1, got {factor}",
               ValueError)
        super().__init__(optimizer, last_epoch, factor=factor, total_iters=total_iters)

    def get_lr(self):
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self._current()]
        over = self.last_epoch == self.total_iters
        return [lr * (1 / self.factor) if over else lr for lr in self._current()]

@public("The first rate times (1 − epoch / total_iters) to a power, down to 0.",
        f"{HOME}PolynomialLR({SGD}, total_iters=4, power=2).get_last_lr()", "[0.8]")
class PolynomialLR(LRScheduler):
    def __init__(self, optimizer, total_iters=5, power=1.0, last_epoch=-1):
        super().__init__(optimizer, last_epoch, total_iters=total_iters, power=power)

    def get_lr(self):
        n, epoch = self.total_iters, self.last_epoch
        if self._is_initial or epoch > n:
            return self._current()
        factor = ((1 - epoch / n) / (1 - (epoch - 1) / n)) ** self.power
        return [lr * factor for lr in self._current()]

class OneCycleLR(LRScheduler):
    """Up from max_lr / div_factor to max_lr, then down to a 1 / final_div_factor of the beginning.

    Smith & Topin 2019. One step for each batch: total_steps, or epochs · steps_per_epoch, of which
    the part pct_start goes up. The optimizer's momentum (or beta1) goes the other way if
    `cycle_momentum`.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.1, momentum=0.9)
    >>> cycle = mg.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=9, div_factor=4)
    >>> cycle.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None,
                 pct_start=0.3, anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85,
                 max_momentum=0.95, div_factor=25.0, final_div_factor=1e4, three_phase=False,
                 last_epoch=-1):
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("OneCycleLR: expected total_steps, or epochs and steps_per_epoch")
        total = self.total_steps = epochs * steps_per_epoch if total_steps is None else total_steps
        if not isinstance(total, int) or total <= 0:
            raise ValueError(f"OneCycleLR: expected a whole number of steps above 0, got {total!r}")
        refuse(not isinstance(pct_start, float) or not 0 <= pct_start <= 1, "OneCycleLR: expected "
               f"pct_start to be a float from 0 to 1, got {pct_start!r}", ValueError)
        refuse(anneal_strategy not in ("cos", "linear"), "OneCycleLR: expected anneal_strategy "
               f"'cos' or 'linear', got {anneal_strategy!r}", ValueError)
        self._anneal_func_type, self.cycle_momentum = anneal_strategy, cycle_momentum
        self._schedule_phases = _phases(pct_start * total, total, three_phase)
        self.use_beta1 = "betas" in optimizer.defaults
        refuse(cycle_momentum and not self.use_beta1 and "momentum" not in optimizer.defaults,
               f"OneCycleLR: {type(optimizer).__name__} has no momentum; pass cycle_momentum=False",
               ValueError)
        if last_epoch == -1:
            momenta = dict(max_momentum=max_momentum, base_momentum=base_momentum)
            for name, value in dict(max_lr=max_lr, **momenta if cycle_momentum else {}).items():
                for group, one in zip(optimizer.param_groups, for_each(name, optimizer, value)):
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
        refuse(self.last_epoch > self.total_steps, f"OneCycleLR: step {self.last_epoch} of "
               f"{self.total_steps}; the cycle is over", ValueError)
        start = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        part, groups = (self.last_epoch - start) / (end - start), self.optimizer.param_groups

        def between(group, what):
            return self._between(group[phase[f"start_{what}"]], group[phase[f"end_{what}"]], part)
        for group in groups if self.cycle_momentum else ():
            momentum = between(group, "momentum")
            if self.use_beta1:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum
        return [between(group, "lr") for group in groups]

def _phases(up, total, three_phase):
    """When each part of the cycle ends, and the names of the values between which it goes."""
    keys = "end_step", "start_lr", "end_lr", "start_momentum", "end_momentum"
    phases = [(up - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
    if three_phase:
        phases += [(2 * up - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                   (total - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum")]
    else:
        phases += [(total - 1, "max_lr", "min_lr", "base_momentum", "max_momentum")]
    return [dict(zip(keys, phase)) for phase in phases]

class _Several(LRScheduler):
    """What holds other schedulers, in `_schedulers`."""

    def state_dict(self):
        """All but the optimizer, and the schedulers' own states."""
        states = [one.state_dict() for one in self._schedulers]
        return {**super().state_dict(), "_schedulers": states}

    def load_state_dict(self, state_dict):
        """Go on from `state_dict()`."""
        super().load_state_dict({**state_dict, "_schedulers": self._schedulers})
        for one, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            one.load_state_dict(state)

class ChainedScheduler(_Several):
    """All schedulers together, their factors multiplied.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> warm = mg.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> fall = mg.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> mg.optim.lr_scheduler.ChainedScheduler([warm, fall]).get_last_lr()
    [0.4]
    """

    def __init__(self, schedulers, optimizer=None):
        refuse(not schedulers, "ChainedScheduler: expected at least one scheduler", ValueError)
        self.optimizer = optimizer or schedulers[0].optimizer
        for one in schedulers:
            refuse(not hasattr(one, "optimizer"), "ChainedScheduler: expected schedulers, got a "
                   f"{type(one).__name__}", TypeError)
            refuse(isinstance(one, ReduceLROnPlateau) or one.optimizer is not self.optimizer,
                   "ChainedScheduler: expected schedulers of the same optimizer that need no "
                   f"metric, got a {type(one).__name__}", ValueError)
        self._schedulers = schedulers
        self._last_lr = self._current()

    def step(self):
        """Go on by one epoch, with all schedulers."""
        for one in self._schedulers:
            one.step()
        self._last_lr = self._current()

class SequentialLR(_Several):
    """One scheduler after the other: the next one begins at each of the `milestones`.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> warm = mg.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=4)
    >>> fall = mg.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    >>> both = mg.optim.lr_scheduler.SequentialLR(optimizer, [warm, fall], milestones=[4])
    >>> both.get_last_lr()
    [0.4]
    """

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        refuse(not schedulers or len(milestones) != len(schedulers) - 1, "SequentialLR: expected a "
               f"milestone between any two schedulers, got {len(schedulers)} schedulers and "
               f"{len(milestones)} milestones", ValueError)
        for one in schedulers:
            other = getattr(one, "optimizer", None) is not optimizer
            refuse(isinstance(one, ReduceLROnPlateau) or other, "SequentialLR: expected schedulers "
                   f"of the same optimizer that need no metric, got a {type(one).__name__}",
                   ValueError)
        self._schedulers, self._milestones = list(schedulers), list(milestones)
        self.optimizer, self.last_epoch = optimizer, last_epoch + 1
        LRScheduler._set(self, rates(optimizer, "initial_lr"))
        for one in self._schedulers:
            _undo(one)
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._begin()
        self._last_lr = first.get_last_lr()

    def step(self):
        """Go on by one epoch, with the scheduler whose turn it is."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        now = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            now._go(0)                                         # as if it began now
        else:
            now.step()
        self._last_lr = now.get_last_lr()

def _undo(scheduler):
    """Take back the step that a scheduler made when it was created."""
    if not isinstance(scheduler, _Several):
        scheduler.last_epoch -= 1
    else:
        for inner in scheduler._schedulers:
            _undo(inner)

class ReduceLROnPlateau(LRScheduler):
    """The rate times `factor` when a metric has not become better for more than `patience` epochs.

    Better is less (mode "min") or more ("max") than the best so far, by `threshold` of it ("rel")
    or as it is ("abs"). After a change, `cooldown` epochs do not count. No rate falls below min_lr,
    nor by less than eps.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> scheduler = mg.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [1.0, 2.0, 3.0]:
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.4]
    """

    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4,
                 threshold_mode="rel", cooldown=0, min_lr=0, eps=1e-8):
        if factor >= 1:
            raise ValueError(f"ReduceLROnPlateau: expected a factor below 1, got {factor}")
        check_optimizer("ReduceLROnPlateau", optimizer)
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError("ReduceLROnPlateau: expected mode 'min' or 'max' and threshold_mode "
                             f"'rel' or 'abs', got {mode!r} and {threshold_mode!r}")
        vars(self).update(
            optimizer=optimizer, mode=mode, factor=factor, patience=patience, threshold=threshold,
            threshold_mode=threshold_mode, cooldown=cooldown, eps=eps, cooldown_counter=0,
            num_bad_epochs=0, last_epoch=0, best=math.inf if mode == "min" else -math.inf)
        self.min_lrs = for_each("min_lr", optimizer, min_lr)
        self._last_lr = self._current()

    def _is_better(self, new, best):
        sign = 1 if self.mode == "min" else -1
        step = sign * self.threshold
        border = best * (1 - step) if self.threshold_mode == "rel" else best - step
        return sign * new < sign * border

    in_cooldown = property(lambda self: self.cooldown_counter > 0, doc="Whether epochs count not.")

    def step(self, metrics, epoch=None):
        """Take note of the metric of one more epoch, and reduce the rates if it is time."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(metric := float(metrics), self.best):
            self.best, self.num_bad_epochs = metric, -1
        self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            new = [max(plain(lr) * self.factor, least)
                   for lr, least in zip(self._current(), self.min_lrs)]
            self._set([x if plain(lr) - x > self.eps else lr
                       for lr, x in zip(self._current(), new)])
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = self._current()
