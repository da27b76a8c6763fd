"""Streams in a row, datasets side by side, and a sample as tensors; added to utils.data."""
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..create import as_tensor
from ..public import public as says, refuse
from ..utils import data as core
from ..utils.data import Dataset, IterableDataset

HERE = "mg.utils.data."


class ChainDataset(IterableDataset):
    """Streams one after the other; `a + b` makes one of two.

    >>> class Count(mg.utils.data.IterableDataset):
    ...     def __iter__(self): return iter(range(2))
    >>> list(Count() + Count())
    [0, 1, 0, 1]
    """

    def __init__(self, datasets: Iterable):
        self.datasets = datasets

    def _streams(self):
        for dataset in self.datasets:
            refuse(not isinstance(dataset, IterableDataset), "ChainDataset: expected streams "
                   f"(IterableDataset), got {type(dataset).__name__}", AssertionError)
            yield dataset

    def __iter__(self):
        for stream in self._streams():
            yield from stream

    def __len__(self) -> int: return sum(map(len, self._streams()))


@says("Datasets of one length side by side: a sample is a tuple of theirs, or a dict by keyword.",
      HERE + 'StackDataset(image=[10, 11], label=["a", "b"])[1]', "{'image': 11, 'label': 'b'}")
class StackDataset(Dataset):
    def __init__(self, *args, **kwargs):
        refuse(bool(args) == bool(kwargs), "StackDataset: expected datasets, either all by "
               f"position or all by keyword, got {len(args)} and {len(kwargs)}", ValueError)
        self.datasets = args or kwargs
        lengths = {len(dataset) for dataset in self._parts()}
        refuse(len(lengths) > 1, "StackDataset: Size mismatch between datasets, got lengths "
               f"{sorted(lengths)}", ValueError)
        self._length = lengths.pop()

    def _parts(self):
        parts = self.datasets
        return list(parts.values()) if isinstance(parts, dict) else list(parts)

    def __getitem__(self, index: int):
        sample = [dataset[index] for dataset in self._parts()]
        parts = self.datasets
        return dict(zip(parts, sample)) if isinstance(parts, dict) else tuple(sample)

    def __len__(self) -> int: return self._length


@says("One sample with its arrays as tensors, as batch_size=None gives it; tuples become lists.",
      HERE + 'default_convert((np.array([1, 2]), "a"))', "[tensor([1, 2]), 'a']")
def default_convert(data):
    if isinstance(data, (np.ndarray, np.generic)):
        return as_tensor(data) if data.dtype.kind in "biuf" else data
    if isinstance(data, Mapping):
        return type(data)({key: default_convert(x) for key, x in data.items()})
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        parts = [default_convert(x) for x in data]
        return type(data)(*parts) if hasattr(data, "_fields") else parts
    return data


core._as_tensors = default_convert                  # PyTorch's has a few more kinds than the core's
IterableDataset.__add__ = lambda self, other: ChainDataset([self, other])
for _thing in (ChainDataset, StackDataset, default_convert):
    setattr(core, _thing.__name__, _thing)
