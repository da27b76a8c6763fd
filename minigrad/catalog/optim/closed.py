"""The rate at any epoch, from the first rate: what `scheduler.step(epoch)` sets."""
import math
from bisect import bisect_right

from ...optim.lr_scheduler import ExponentialLR, StepLR
from .lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, MultiStepLR, PolynomialLR

CLOSED = {
    StepLR: lambda s, n, lr: lr * s.gamma ** (n // s.step_size),
    MultiStepLR: lambda s, n, lr: lr * s.gamma ** bisect_right(sorted(s.milestones.elements()), n),
    ConstantLR: lambda s, n, lr: lr * (s.factor + (n >= s.total_iters) * (1 - s.factor)),
    LinearLR: lambda s, n, lr: lr * (s.start_factor + (s.end_factor - s.start_factor)
                                     * min(s.total_iters, n) / s.total_iters),
    ExponentialLR: lambda s, n, lr: lr * s.gamma ** n,
    PolynomialLR: lambda s, n, lr: lr * (1 - min(s.total_iters, n) / s.total_iters) ** s.power,
    CosineAnnealingLR: lambda s, n, lr: s.eta_min + (lr - s.eta_min) * (
        1 + math.cos(math.pi * n / s.T_max)) / 2,
}

def _at_any_epoch(rate):
    return lambda self: [rate(self, self.last_epoch, lr) for lr in self.base_lrs]

for _scheduler, _rate in CLOSED.items():
    _scheduler._get_closed_form_lr = _at_any_epoch(_rate)
