"""Schedules that come round again: up and down, and cosines that begin anew."""
import math

from ...optim.lr_scheduler import LRScheduler, check_optimizer
from ...public import refuse
from .lambdas import for_each, said

SCALES = {"triangular": ("cycle", lambda gamma, x: 1.0),
          "triangular2": ("cycle", lambda gamma, x: 1 / 2.0 ** (x - 1)),
          "exp_range": ("iterations", lambda gamma, x: gamma ** x)}

class CyclicLR(LRScheduler):
    """Up from base_lr to max_lr in step_size_up steps, down again in step_size_down (Smith 2017).

    Modes: "triangular"; "triangular2", each cycle half as high; "exp_range", the height times
    gamma ** step; or `scale_fn` of the cycle's or the step's number (scale_mode "cycle" or
    "iterations"). The optimizer's momentum (or beta1) goes the other way if `cycle_momentum`.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.1, momentum=0.9)
    >>> cycle = mg.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.5, step_size_up=4)
    >>> for step in range(3):
    ...     optimizer.step()
    ...     cycle.step()
    >>> cycle.get_last_lr()
    [0.4]
    """

    def __init__(self, optimizer, base_lr, max_lr, step_size_up=2000, step_size_down=None,
                 mode="triangular", gamma=1.0, scale_fn=None, scale_mode="cycle",
                 cycle_momentum=True, base_momentum=0.8, max_momentum=0.9, last_epoch=-1):
        check_optimizer("CyclicLR", optimizer)
        refuse(mode not in SCALES and scale_fn is None, f"CyclicLR: expected mode {[*SCALES]} or a "
               f"scale_fn, got {mode!r}", ValueError)
        groups, first = optimizer.param_groups, for_each("base_lr", optimizer, base_lr)
        self.max_lrs = for_each("max_lr", optimizer, max_lr)
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up) + float(down)
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn else SCALES[mode][0]
        self.cycle_momentum, self.optimizer = cycle_momentum, optimizer
        if cycle_momentum:
            self.use_beta1 = "betas" in optimizer.defaults
            refuse(not self.use_beta1 and "momentum" not in optimizer.defaults, "CyclicLR: "
                   f"{type(optimizer).__name__} has no momentum; pass cycle_momentum=False",
                   ValueError)
            self.base_momentums = for_each("base_momentum", optimizer, base_momentum)
            self.max_momentums = for_each("max_momentum", optimizer, max_momentum)
        if last_epoch == -1:
            self._set(first)
            if cycle_momentum:
                for group, low, high in zip(groups, self.base_momentums, self.max_momentums):
                    group.update(base_momentum=low, max_momentum=high)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = first

    def scale_fn(self, x):
        """The height of the cycle (or at the step) of this number, of max_lr − base_lr."""
        return self._scale_fn_custom(x) if self._scale_fn_custom else \
            SCALES[self.mode][1](self.gamma, x)

    def get_lr(self):
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x, top = 1 + self.last_epoch / self.total_size - cycle, self.step_ratio
        height = x / top if x <= top else (x - 1) / (top - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momenta = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums)
            for group, low, high in momenta:
                momentum = high - (high - low) * height * scale
                if self.use_beta1:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return [low + (high - low) * height * scale
                for low, high in zip(self.base_lrs, self.max_lrs)]

    def state_dict(self):
        """All but the optimizer; of `scale_fn` the attributes, if it is an object."""
        return {**super().state_dict(), "_scale_fn_custom": said(self._scale_fn_custom)}

    def load_state_dict(self, state_dict):
        """Go on from `state_dict()`, with the `scale_fn` of this scheduler."""
        function = self._scale_fn_custom
        super().load_state_dict({**state_dict, "_scale_fn_custom": function})
        if state_dict["_scale_fn_custom"]:
            vars(function).update(state_dict["_scale_fn_custom"])

class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine down to eta_min in T_0 epochs, again and again, T_mult times longer each time.

    Loshchilov & Hutter 2017. `step(epoch)` takes fractions: `step(epoch + i / batches)`.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.8)
    >>> cosine = mg.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> cosine.step(3)
    >>> cosine.get_last_lr()
    [0.4]
    """

    def __init__(self, optimizer, T_0, T_mult=1, eta_min=0.0, last_epoch=-1):
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            refuse(not isinstance(value, int) or value < 1, "CosineAnnealingWarmRestarts: expected "
                   f"{name} to be a whole number from 1 up, got {value!r}", ValueError)
        refuse(not isinstance(eta_min, (int, float)), "CosineAnnealingWarmRestarts: expected "
               f"eta_min to be a number, got {eta_min!r}", ValueError)
        super().__init__(optimizer, last_epoch, T_0=T_0, T_i=T_0, T_mult=T_mult, eta_min=eta_min,
                         T_cur=last_epoch)

    def get_lr(self):
        part = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (lr - self.eta_min) * part for lr in self.base_lrs]

    def step(self, epoch=None):
        """Go on by one epoch, or to any time from 0 up."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch, self.T_cur = self.last_epoch + 1, self.T_cur + 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        else:
            refuse(epoch < 0, "CosineAnnealingWarmRestarts: expected an epoch from 0 up, got "
                   f"{epoch}", ValueError)
            self.T_cur, T, m = epoch, self.T_0, self.T_mult
            if epoch < T:
                self.T_i = T
            elif m == 1:
                self.T_cur = epoch % T
            else:
                n = int(math.log(epoch / T * (m - 1) + 1, m))
                self.T_cur, self.T_i = epoch - T * (m ** n - 1) / (m - 1), T * m ** n
        self.last_epoch = math.floor(epoch)
        self._set(self.get_lr())
