"""A schedule by a function of the epoch, and settings for each group."""
from ...optim.lr_scheduler import LRScheduler
from ...public import public, refuse


def for_each(name, optimizer, value) -> list:
    """A value for each group, from so many or from one."""
    count = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    refuse(len(values) != count,
           f"{name}: expected a value for each of {count} groups, got {len(values)}", ValueError)
    return values


@public("The first rate times `lr_lambda(epoch)`; a list has one function for each group.",
        "mg.optim.lr_scheduler.LambdaLR(mg.optim.SGD([mg.zeros(1)], lr=0.8), lambda epoch: "
        "1 / (1 + epoch)).get_last_lr()", "[0.8]")
class LambdaLR(LRScheduler):
    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        functions = for_each("LambdaLR", optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch, lr_lambdas=functions)

    def get_lr(self):
        return [lr * f(self.last_epoch) for lr, f in zip(self.base_lrs, self.lr_lambdas)]

    def state_dict(self):
        """All but the optimizer and the functions."""
        return {key: x for key, x in super().state_dict().items() if key != "lr_lambdas"}
