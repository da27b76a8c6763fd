"""Schedules by a function of the epoch, and settings for each group."""
from types import FunctionType

from ...optim.lr_scheduler import LRScheduler
from ...public import public, refuse


def for_each(name, optimizer, value) -> list:
    """A value for each group, from so many or from one."""
    count = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    refuse(len(values) != count,
           f"{name}: expected a value for each of {count} groups, got {len(values)}", ValueError)
    return values

def said(function):
    """What a state holds of a function: the attributes of a callable object, of others nothing."""
    plain = function is None or isinstance(function, FunctionType)
    return None if plain else vars(function).copy()


class _ByFunction(LRScheduler):
    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        functions = for_each(type(self).__name__, optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch, lr_lambdas=functions)

    def state_dict(self):
        """All but the optimizer; of functions, the attributes of those that are objects."""
        return {**super().state_dict(), "lr_lambdas": [*map(said, self.lr_lambdas)]}

    def load_state_dict(self, state_dict):
        """Go on from `state_dict()`, with the functions of this scheduler."""
        super().load_state_dict({**state_dict, "lr_lambdas": self.lr_lambdas})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"]):
            vars(function).update(attributes or {})


@public("The first rate times `lr_lambda(epoch)`; a list has one function for each group.",
        "mg.optim.lr_scheduler.LambdaLR(mg.optim.SGD([mg.zeros(1)], lr=0.8), lambda epoch: "
        "1 / (1 + epoch)).get_last_lr()", "[0.8]")
class LambdaLR(_ByFunction):
    def get_lr(self):
        return [lr * f(self.last_epoch) for lr, f in zip(self.base_lrs, self.lr_lambdas)]


@public("The rate times `lr_lambda(epoch)` after every epoch; a list has one for each group.",
        "mg.optim.lr_scheduler.MultiplicativeLR(mg.optim.SGD([mg.zeros(1)], lr=0.8), "
        "lambda epoch: 0.5).get_last_lr()", "[0.8]")
class MultiplicativeLR(_ByFunction):
    def get_lr(self):
        if self._is_initial:
            return self._current()
        return [lr * f(self.last_epoch) for lr, f in zip(self._current(), self.lr_lambdas)]
