"""Datasets in a row and in parts, and rarer samplers; importing it adds them to utils.data."""
import math
import random
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import accumulate, cycle, islice

import numpy as np

from ..create import as_tensor
from ..public import public as says, refuse
from ..random import Generator, default_generator, randperm
from ..utils import data as core
from ..utils.data import Counted, DataLoader, Dataset, IterableDataset
from .random import multinomial

HERE = "mg.utils.data."


@says("Some samples of a dataset, by their indices.",
      HERE + 'Subset(["a", "b", "c", "d"], [3, 1])[0]', "'d'")
class Subset(Dataset):
    def __init__(self, dataset, indices: Sequence[int]):
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: int): return self.dataset[self.indices[index]]
    def __len__(self) -> int: return len(self.indices)


class ConcatDataset(Dataset):
    """Datasets one after the other; `a + b` makes one of two.

    >>> both = mg.utils.data.ConcatDataset([["a", "b"], ["c"]])
    >>> len(both), both[2], both[-1]
    (3, 'c', 'c')
    """

    def __init__(self, datasets: Iterable):
        self.datasets = list(datasets)
        streams = [d for d in self.datasets if isinstance(d, IterableDataset)]
        refuse(not self.datasets or bool(streams), "ConcatDataset: expected at least one dataset, "
               "each with numbered samples", AssertionError)
        self.cumulative_sizes = list(accumulate(map(len, self.datasets)))

    def __len__(self) -> int: return self.cumulative_sizes[-1]

    def __getitem__(self, index: int):
        refuse(not -len(self) <= index < len(self), f"ConcatDataset: index {index} is out of range "
               f"for {len(self)} samples", IndexError)
        index %= len(self)
        which = bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - [0, *self.cumulative_sizes][which]]


def random_split(dataset, lengths: Sequence[int | float], generator=None) -> list[Subset]:
    """A dataset in random parts of these lengths, or fractions that add up to 1.

    >>> train, test = mg.utils.data.random_split(range(10), [0.8, 0.2])
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (8, 2, True)
    """
    total = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        refuse(any(not 0 <= part <= 1 for part in lengths),
               f"random_split: expected fractions from 0 to 1, got {list(lengths)}", ValueError)
        lengths = [math.floor(total * part) for part in lengths]
        for i in range(total - sum(lengths)):            # what rounding left goes to the first ones
            lengths[i % len(lengths)] += 1
    refuse(sum(lengths) != total, f"random_split: expected lengths that add up to {total}, got "
           f"{list(lengths)}", ValueError)
    order = iter(randperm(total, generator=generator).tolist())
    return [Subset(dataset, list(islice(order, length))) for length in lengths]


@says("Some indices, in a new random order each time.",
      f"sorted({HERE}SubsetRandomSampler([3, 5, 7]))", "[3, 5, 7]")
class SubsetRandomSampler(Counted):
    def __init__(self, indices: Sequence[int], generator=None):
        self.indices, self.num_samples, self.generator = indices, len(indices), generator

    def __iter__(self):
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]


@says("`num_samples` draws of 0, 1, … as likely as their weights: for classes of unequal size.",
      f"list({HERE}WeightedRandomSampler([0.0, 3.0], num_samples=3))", "[1, 1, 1]")
class WeightedRandomSampler(Counted):
    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True,
                 generator=None):
        self.weights, wrong = as_tensor(weights, dtype=np.float64), None
        weights = self.weights.value
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples < 1:
            wrong = f"num_samples to be at least 1, got {num_samples!r}"
        elif weights.ndim != 1 or not (weights >= 0).all() or not 0 < weights.sum() < math.inf:
            wrong = f"a row of weights from 0 up, not all 0, got {weights}"
        elif not replacement and num_samples > (weights > 0).sum():
            wrong = (f"at least {num_samples} weights above 0 to draw without replacement, got "
                     f"{(weights > 0).sum()}")
        refuse(bool(wrong), f"WeightedRandomSampler: expected {wrong}", ValueError)
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self):
        yield from multinomial(self.weights, self.num_samples, self.replacement,
                               generator=self.generator).tolist()


# Workers: this process takes the places of PyTorch's, each with its own dice

_alone = DataLoader._batches

def _batches(self, portions):
    """As many portions are asked for ahead as PyTorch's workers are handed."""
    if not self.num_workers or isinstance(self.dataset, IterableDataset):
        return _alone(self, portions)
    if getattr(self, "_crew", None) is None or not self.persistent_workers:
        self._crew = [_Worker(i, self) for i in range(self.num_workers)]
    ahead = deque(islice(portions, self.prefetch_factor * self.num_workers))
    return _by_turns(self, self._crew, portions, ahead)

def _by_turns(loader, crew, portions, ahead):
    for worker in cycle(crew):
        if not ahead:
            return
        with worker:
            [batch] = _alone(loader, [ahead.popleft()])
        ahead.extend(islice(portions, 1))
        yield batch

DataLoader._batches = _batches

class _Worker:
    """What chance is for one worker: the states of minigrad's, Python's and numpy's dice."""

    present = None

    def __init__(self, number, loader):
        self.id, self.num_workers, self.dataset = number, loader.num_workers, loader.dataset
        self.seed, self.begin, self.dice = loader.base_seed + number, loader.worker_init_fn, None

    def __enter__(self):
        self.outside, _Worker.present = _dice(), self
        if self.dice is not None:
            return _lay(self.dice)
        base = self.seed - self.id
        default_generator.manual_seed(self.seed)
        random.seed(self.seed)
        parts = [self.id, base % 2**32, base >> 32, 0]
        np.random.seed(np.random.SeedSequence(parts).generate_state(4))
        if self.begin is not None:
            self.begin(self.id)

    def __exit__(self, *_):
        self.dice, _Worker.present = _dice(), None
        _lay(self.outside)

def _dice():
    own = {name: getattr(default_generator, name) for name in ("_seed", "_twister", "spare")}
    return own, random.getstate(), np.random.get_state()

def _lay(dice):
    vars(default_generator).update(dice[0])
    random.setstate(dice[1])
    np.random.set_state(dice[2])

@says("To a dataset that a worker reads: its `id`, `num_workers`, `seed`, `dataset`; else None.",
      f"{HERE}get_worker_info() is None", "True")
def get_worker_info(): return _Worker.present


Dataset.__add__ = lambda self, other: ConcatDataset([self, other])
for _thing in (Subset, ConcatDataset, random_split, SubsetRandomSampler, WeightedRandomSampler,
               get_worker_info):
    setattr(core, _thing.__name__, _thing)
