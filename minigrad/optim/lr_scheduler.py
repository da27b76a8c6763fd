"""Learning rates that change while a network trains: call `scheduler.step()` after each epoch."""
import warnings

from ..changes import changed
from ..public import public as says, refuse
from ..tensor import Tensor
from .optimizer import Optimizer, plain

HOME, SGD = "mg.optim.lr_scheduler.", "mg.optim.SGD([mg.zeros(1)], lr=0.8)"         # for examples


class LRScheduler:
    """The base of all schedulers; a subclass writes `get_lr`, the next learning rate of each group.

    `last_epoch` counts the steps from 0; `base_lrs` are the rates at the beginning; `settings`
    become attributes.

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

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1, **settings):
        name = type(self).__name__
        check_optimizer(name, optimizer)
        vars(self).update(settings)
        for i, (group, lr) in enumerate(zip(optimizer.param_groups, rates(optimizer))):
            if last_epoch == -1:
                group.setdefault("initial_lr", lr)
            refuse("initial_lr" not in group, f"{name}: group {i} has no 'initial_lr' to go on "
                   f"from at last_epoch={last_epoch}; load the optimizer's state first", KeyError)
        self.optimizer, self.last_epoch = optimizer, last_epoch
        self.base_lrs = rates(optimizer, "initial_lr")
        self._begin()

    def _begin(self):
        self._step_count, self._is_initial = 0, True
        self.step()
        self._is_initial = False

    def get_lr(self) -> list[float]:
        """The learning rates for `last_epoch`, one for each group."""
        raise NotImplementedError(f"{type(self).__name__} needs a method `get_lr(self)`")

    def get_last_lr(self) -> list[float]:
        """The learning rates that the last step set."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on by one epoch, and set the learning rates; PyTorch's old form goes to an `epoch`."""
        late = self._step_count == 1 and not self.optimizer._opt_called
        if late and type(self.optimizer).step is Optimizer.step:
            warnings.warn("Detected call of `lr_scheduler.step()` before `optimizer.step()`. "
                          "In this order the first learning rate is skipped; turn it round",
                          UserWarning, stacklevel=2)
        if epoch is not None:
            warnings.warn("The epoch parameter in `scheduler.step()` is deprecated; call "
                          "`scheduler.step()` without it", UserWarning, stacklevel=2)
        self._step_count += 1
        self._go(epoch)

    def _go(self, epoch=None):
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
        self._set((closed or self.get_lr)())

    def _set(self, new):
        for group, lr in zip(self.optimizer.param_groups, new, strict=True):
            if isinstance(group["lr"], Tensor):                # stays the tensor that it is
                group["lr"].value[...] = plain(lr)
                changed(group["lr"].value)
            else:
                group["lr"] = lr
        self._last_lr = self._current()

    def _current(self) -> list[float]:
        return rates(self.optimizer)

    def state_dict(self) -> dict:
        """All but the optimizer, whose state is its own."""
        return {key: value for key, value in vars(self).items()
                if key not in ("optimizer", "_is_initial")}

    def load_state_dict(self, state_dict: dict) -> None:
        """Go on from `state_dict()`, of this or of PyTorch's scheduler of the same name."""
        own = self.state_dict()
        vars(self).update({key: value for key, value in state_dict.items() if key in own})


def rates(optimizer: Optimizer, key: str = "lr") -> list:
    """The learning rates of all groups; of tensors, copies."""
    found = [group[key] for group in optimizer.param_groups]
    return [lr.clone() if isinstance(lr, Tensor) else lr for lr in found]

def check_optimizer(name: str, optimizer) -> None:
    """Raise TypeError unless it is an Optimizer."""
    refuse(not isinstance(optimizer, Optimizer),
           f"{name}: expected an Optimizer, got {type(optimizer).__name__}", TypeError)


@says("The rate times gamma after every `step_size` epochs.",
      f"{HOME}StepLR({SGD}, step_size=2).get_last_lr()", "[0.8]")
class StepLR(LRScheduler):
    def __init__(self, optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1):
        super().__init__(optimizer, last_epoch, step_size=step_size, gamma=gamma)

    def get_lr(self):
        now = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [lr * self.gamma if now else lr for lr in self._current()]


@says("The rate times gamma after every epoch.",
      f"{HOME}ExponentialLR({SGD}, gamma=0.5).get_last_lr()", "[0.8]")
class ExponentialLR(LRScheduler):
    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1):
        super().__init__(optimizer, last_epoch, gamma=gamma)

    def get_lr(self):
        return [lr if self._is_initial else lr * self.gamma for lr in self._current()]
