"""Datasets in a row and in parts, and rarer samplers; importing it adds them to utils.data."""
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, islice

import numpy as np

from ..create import as_tensor, default_generator, randperm
from ..public import public as says, refuse
from ..utils import data as core
from ..utils.data import Counted, Dataset, IterableDataset

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
        order = randperm(len(self.indices), generator=self.generator).tolist()
        return iter([self.indices[i] for i in order])


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
        rng = (self.generator or default_generator).rng
        chances = self.weights.value / self.weights.value.sum()
        return iter(rng.choice(len(chances), self.num_samples, self.replacement, chances).tolist())


Dataset.__add__ = lambda self, other: ConcatDataset([self, other])
for _thing in (Subset, ConcatDataset, random_split, SubsetRandomSampler, WeightedRandomSampler):
    setattr(core, _thing.__name__, _thing)
