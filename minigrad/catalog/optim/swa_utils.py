"""Averages of weights along the way of training (Izmailov et al. 2018)."""
import math
from copy import deepcopy
from itertools import chain

from ...create import tensor
from ...grad_mode import no_grad
from ...nn.module import Module
from ...optim.lr_scheduler import LRScheduler, check_optimizer
from ...optim.optimizer import plain
from ...public import public, refuse
from ..nn.standardize import _BatchNorm
from .lambdas import for_each

HOME = "mg.optim.swa_utils."

@public("A function (average, new, count) that counts the new one 1 − decay.",
        f"{HOME}get_ema_avg_fn(0.9)(mg.tensor([1.]), mg.tensor([2.]), 1)", "tensor([1.1000])")
def get_ema_avg_fn(decay=0.999):
    refuse(not 0 <= decay <= 1, f"expected a decay from 0 to 1, got {decay}", ValueError)
    return no_grad()(lambda average, new, count: decay * average + (1 - decay) * new)

@public("A function (average, new, count) that gives the mean of all so far.",
        f"{HOME}get_swa_avg_fn()(mg.tensor([1.]), mg.tensor([4.]), 2)", "tensor([2.])")
def get_swa_avg_fn():
    return no_grad()(lambda average, new, count: average + (new - average) / (count + 1))

def get_ema_multi_avg_fn(decay=0.999):
    """get_ema_avg_fn for lists of tensors, which change in place.

    >>> average = [mg.tensor([1.])]
    >>> mg.optim.swa_utils.get_ema_multi_avg_fn(0.9)(average, [mg.tensor([2.])], 1)
    >>> average
    [tensor([1.1000])]
    """
    return _of_many(get_ema_avg_fn(decay))

def get_swa_multi_avg_fn():
    """get_swa_avg_fn for lists of tensors, which change in place.

    >>> average = [mg.tensor([1.])]
    >>> mg.optim.swa_utils.get_swa_multi_avg_fn()(average, [mg.tensor([4.])], 2)
    >>> average
    [tensor([2.])]
    """
    return _of_many(lambda average, new, count:        # a count that is a tensor divides in float32
                    average + plain(1 / (count + 1)) * (new - average))

def _of_many(one):
    @no_grad()
    def all_of_them(averages, new, count):
        for average, x in zip(averages, new, strict=True):
            average.copy_(one(average, x, count))
    return all_of_them

class AveragedModel(Module):
    """A copy of a model whose parameters are averages of those it was updated with.

    By default the mean of all; `avg_fn` or `multi_avg_fn` say otherwise. Buffers are copied, or
    averaged too if `use_buffers`.

    >>> net = mg.nn.Linear(1, 1)
    >>> average = mg.optim.swa_utils.AveragedModel(net)
    >>> average.update_parameters(net)
    >>> average.n_averaged
    tensor(1)
    """

    def __init__(self, model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False):
        super().__init__()
        refuse(avg_fn is not None and multi_avg_fn is not None,
               "AveragedModel: expected avg_fn or multi_avg_fn, got both", AssertionError)
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", tensor(0))
        self.multi_avg_fn = multi_avg_fn or _of_many(avg_fn or get_swa_avg_fn())
        self.use_buffers = use_buffers

    def forward(self, *args, **kwargs): return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model):
        """Take in the parameters that the model has now; the first time, copy them."""
        averages, new = ([t.detach() for t in chain(m.parameters(), m.buffers() if self.use_buffers
                                                    else ())] for m in (self.module, model))
        if self.n_averaged == 0:
            for average, x in zip(averages, new, strict=True):
                average.copy_(x)
        else:
            self.multi_avg_fn(averages, new, self.n_averaged)
        if not self.use_buffers:
            for average, x in zip(self.module.buffers(), model.buffers(), strict=True):
                average.copy_(x)
        self.n_averaged += 1

@no_grad()
def update_bn(loader, model, device=None):
    """Compute the running averages of all BatchNorms anew, from one pass over the data.

    >>> net = mg.nn.BatchNorm1d(1)
    >>> mg.optim.swa_utils.update_bn([mg.tensor([[1.], [3.]])], net)
    >>> net.running_mean
    tensor([2.])
    """
    norms = {m: m.momentum for m in model.modules() if isinstance(m, _BatchNorm)}
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    training = model.training
    model.train()
    for batch in loader:
        model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for norm, momentum in norms.items():
        norm.momentum = momentum
    model.train(training)

@public("The rate goes to swa_lr in anneal_epochs epochs, along a cosine or a line, and stays.",
        f"{HOME}SWALR(mg.optim.SGD([mg.zeros(1)], lr=0.8), swa_lr=0.1).get_last_lr()", "[0.8]")
class SWALR(LRScheduler):
    def __init__(self, optimizer, swa_lr, anneal_epochs=10, anneal_strategy="cos", last_epoch=-1):
        check_optimizer("SWALR", optimizer)
        refuse(anneal_strategy not in ("cos", "linear"), "SWALR: expected anneal_strategy 'cos' or "
               f"'linear', got {anneal_strategy!r}", ValueError)
        refuse(not isinstance(anneal_epochs, int) or anneal_epochs < 0, "SWALR: expected "
               f"anneal_epochs to be a whole number from 0 up, got {anneal_epochs!r}", ValueError)
        for group, lr in zip(optimizer.param_groups, for_each("swa_lr", optimizer, swa_lr)):
            group["swa_lr"] = lr
        super().__init__(optimizer, last_epoch, anneal_epochs=anneal_epochs,
                         _anneal_strategy=anneal_strategy)

    def _part(self, epoch):
        """How much of the way is behind at an epoch, from 0 to 1."""
        t = max(0, min(1, epoch / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self):
        epoch = max(self._step_count - 1, self.anneal_epochs == 0)
        before, now = self._part(max(0, epoch - 1)), self._part(epoch)
        rate = []
        for lr, group in zip(self._current(), self.optimizer.param_groups):
            end, lr = group["swa_lr"], plain(lr)
            begin = end if before == 1 else (lr - before * end) / (1 - before)
            rate.append(end * now + begin * (1 - now))
        return rate
