"""Data: what to learn from (Dataset), in which order (Sampler), in portions (DataLoader)."""
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from ..create import as_tensor, randint, randperm
from ..shape import stack
from ..tensor import Tensor


# Datasets

class Dataset:
    """Anything with numbered samples: subclass it and write `__getitem__(index)` and `__len__()`.

    >>> class Squares(mg.utils.data.Dataset):
    ...     def __len__(self): return 5
    ...     def __getitem__(self, index): return index, index ** 2
    >>> Squares()[3]
    (3, 9)
    """

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} needs a method `__getitem__(self, index)`: one sample")


class TensorDataset(Dataset):
    """Tensors side by side: sample i is the tuple of their i-th rows. Raises ValueError unless all are equally long.

    >>> mg.utils.data.TensorDataset(mg.arange(6).reshape(3, 2), mg.tensor([0, 1, 0]))[1]
    (tensor([2, 3]), tensor(1))
    """

    def __init__(self, *tensors: Tensor):
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(f"TensorDataset: expected tensors, got {type(t).__name__}; wrap it in tensor(...)")
        if len({t.shape[:1] for t in tensors}) != 1 or tensors[0].ndim == 0:
            raise ValueError("TensorDataset: expected tensors with equally many rows, "
                             f"got shapes {[t.shape for t in tensors]}")
        self.tensors = tensors

    def __getitem__(self, index) -> tuple[Tensor, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].shape[0]


class Subset(Dataset):
    """Some samples of a dataset, by their indices.

    >>> mg.utils.data.Subset(["a", "b", "c", "d"], [3, 1])[0]
    'd'
    """

    def __init__(self, dataset, indices: Sequence[int]):
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: int):
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


# Samplers: the order of the samples

class Sampler:
    """The order in which samples are visited: iterating gives indices.

    >>> class Backwards(mg.utils.data.Sampler):
    ...     def __iter__(self):
    ...         return iter([2, 1, 0])
    >>> [batch.tolist() for batch in mg.utils.data.DataLoader([10, 11, 12], sampler=Backwards())]
    [[12], [11], [10]]
    """

    def __iter__(self) -> Iterator:
        raise NotImplementedError(f"{type(self).__name__} needs a method `__iter__(self)` that yields indices")


class SequentialSampler(Sampler):
    """From the first sample to the last.

    >>> list(mg.utils.data.SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler):
    """In a new random order each time: every sample once, or with `replacement` `num_samples` independent draws.

    >>> sorted(mg.utils.data.RandomSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source, replacement: bool = False, num_samples: int | None = None, generator=None):
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self.num_samples = len(data_source) if num_samples is None else num_samples
        if not replacement and self.num_samples > len(data_source):
            raise ValueError(f"RandomSampler: expected num_samples of at most {len(data_source)}, got {num_samples}; "
                             "pass replacement=True to draw samples more than once")

    def __iter__(self) -> Iterator[int]:
        n = len(self.data_source)
        if self.replacement:
            return iter(randint(0, n, (self.num_samples,), generator=self.generator).tolist())
        return iter(randperm(n, generator=self.generator).tolist()[:self.num_samples])

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler):
    """The indices of a sampler in lists of `batch_size`; `drop_last` leaves out a last list that is shorter.

    >>> list(mg.utils.data.BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool = False):
        if not isinstance(batch_size, (int, np.integer)) or isinstance(batch_size, bool) or batch_size < 1:
            raise ValueError(f"batch_size: expected a whole number of at least 1, got {batch_size!r}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + (rest > 0 and not self.drop_last)


# From samples to batches

def default_collate(batch: list):
    """One batch from a list of samples: tensors, arrays and numbers are stacked; dicts and tuples keep their form.

    Tuples become lists, strings stay as they are, as in PyTorch. Raises RuntimeError for samples of different shapes.

    >>> mg.utils.data.default_collate([(mg.ones(2), 3), (mg.zeros(2), 4)])
    [tensor([[1., 1.],
            [0., 0.]]), tensor([3, 4])]
    """
    first = batch[0]
    if isinstance(first, (Tensor, np.ndarray, np.generic)):
        if len(shapes := dict.fromkeys(x.shape for x in batch)) > 1:
            raise RuntimeError(f"default_collate: expected samples of one shape, got {', '.join(map(str, shapes))}; "
                               "pad them to one length, or pass your own collate_fn")
        return stack(batch) if isinstance(first, Tensor) else as_tensor(np.stack(batch))
    if isinstance(first, (bool, int)):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return as_tensor(np.array(batch, np.float64))                # as PyTorch, which keeps Python's precision here
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, dict):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, (tuple, list)):
        if len(lengths := {len(sample) for sample in batch}) > 1:
            raise RuntimeError(f"default_collate: expected samples with equally many parts, got {sorted(lengths)}")
        parts = [default_collate(list(part)) for part in zip(*batch)]
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    raise TypeError("default_collate: expected samples of tensors, arrays, numbers, strings, dicts or tuples, "
                    f"got {type(first).__name__}; pass your own collate_fn")


class DataLoader:
    """Batches of a dataset, ready for a training loop; `len(loader)` counts them, so a progress bar knows its end.

    `shuffle` takes a new random order each epoch, from `generator` if given. `drop_last` leaves out a last batch that
    is not full. `sampler` or `batch_sampler` decide the order instead. `collate_fn` makes a batch of a list of samples.
    Samples are loaded in this process: `num_workers` and `pin_memory` change nothing, and a note says so.

    >>> loader = mg.utils.data.DataLoader(range(5), batch_size=2)
    >>> [batch.tolist() for batch in loader], len(loader)
    ([[0, 1], [2, 3], [4]], 3)
    """

    def __init__(self, dataset, batch_size: int = 1, shuffle: bool | None = None, sampler: Iterable[int] | None = None,
                 batch_sampler: Iterable[list[int]] | None = None, num_workers: int = 0,
                 collate_fn: Callable | None = None, pin_memory: bool = False, drop_last: bool = False, *,
                 generator=None):
        if not (hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")):
            raise TypeError("DataLoader: expected a dataset with `dataset[index]` and `len(dataset)`, "
                            f"got {type(dataset).__name__}")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError("DataLoader: batch_sampler decides alone; no batch_size, shuffle, sampler or drop_last")
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: expected either a sampler or shuffle=True, got both")
        if num_workers or pin_memory:
            warnings.warn(f"DataLoader: num_workers={num_workers} and pin_memory={pin_memory} change nothing here: "
                          "minigrad loads in this process and computes in its memory", stacklevel=2)
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        self.dataset, self.sampler, self.generator = dataset, sampler, generator
        self.batch_size, self.drop_last = batch_size, drop_last
        self.num_workers, self.pin_memory = num_workers, pin_memory
        self.batch_sampler = BatchSampler(sampler, batch_size, drop_last) if batch_sampler is None else batch_sampler
        self.collate_fn = default_collate if collate_fn is None else collate_fn

    def __iter__(self) -> Iterator:
        for indices in self.batch_sampler:
            yield self._fetch(indices)

    def __len__(self) -> int:
        return len(self.batch_sampler)

    def _fetch(self, indices: list[int]):
        # A TensorDataset gives the whole batch in one indexing, unless a subclass changed what a sample is.
        if self.collate_fn is default_collate and type(self.dataset).__getitem__ is TensorDataset.__getitem__:
            return list(self.dataset[indices])
        return self.collate_fn([self.dataset[index] for index in indices])
