"""Data: what to learn from (Dataset), in which order (Sampler), in portions (DataLoader)."""
import warnings
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import numpy as np

from ..create import as_tensor
from ..public import public as says, refuse
from ..random import Generator, default_generator, randint, randperm
from ..shape import stack
from ..tensor import Tensor


def _needs(self, method: str, gives: str):
    """The error of a class that was to be subclassed."""
    return NotImplementedError(f"{type(self).__name__} needs a method `{method}`{gives}")


# Datasets

class Dataset:
    """Anything with numbered samples: subclass it, write `__getitem__(index)` and `__len__()`.

    >>> class Squares(mg.utils.data.Dataset):
    ...     def __len__(self): return 5
    ...     def __getitem__(self, index): return index, index ** 2
    >>> Squares()[3]
    (3, 9)
    """

    def __getitem__(self, index):
        raise _needs(self, "__getitem__(self, index)", ": one sample")


class IterableDataset(Dataset):
    """Samples that come one after the other, as from a file too long to count: write `__iter__()`.

    >>> class Words(mg.utils.data.IterableDataset):
    ...     def __iter__(self): return iter("to be or not".split())
    >>> list(mg.utils.data.DataLoader(Words(), batch_size=3))
    [['to', 'be', 'or'], ['not']]
    """

    def __iter__(self) -> Iterator:
        raise _needs(self, "__iter__(self)", " that yields samples")


@says("Tensors with equally many rows side by side: sample i is the tuple of their i-th rows.",
      "mg.utils.data.TensorDataset(mg.arange(6).reshape(3, 2), mg.tensor([0, 1, 0]))[1]",
      "(tensor([2, 3]), tensor(1))")
class TensorDataset(Dataset):
    def __init__(self, *tensors: Tensor):
        for t in tensors:
            refuse(not isinstance(t, Tensor), "TensorDataset: expected tensors, got "
                   f"{type(t).__name__}; wrap it in tensor(...)", TypeError)
        refuse(len({t.shape[:1] for t in tensors}) != 1 or tensors[0].ndim == 0,
               "TensorDataset: expected tensors with equally many rows, "
               f"got shapes {[t.shape for t in tensors]}", ValueError)
        self.tensors = tensors

    def __getitem__(self, index) -> tuple[Tensor, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int: return self.tensors[0].shape[0]


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
        raise _needs(self, "__iter__(self)", " that yields indices")


@says("From the first sample to the last.", 'list(mg.utils.data.SequentialSampler("abc"))',
      "[0, 1, 2]")
class SequentialSampler(Sampler):
    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]: return iter(range(len(self)))
    def __len__(self) -> int: return len(self.data_source)


@says("A sampler that knows how many it gives, as the samplers that draw do.",
      "len(mg.utils.data.RandomSampler(range(5)))", "5")
class Counted(Sampler):
    num_samples: int

    def __len__(self) -> int: return self.num_samples


@says("In a new random order each time; with `replacement`, `num_samples` independent draws.",
      'sorted(mg.utils.data.RandomSampler("abc"))', "[0, 1, 2]")
class RandomSampler(Counted):
    def __init__(self, data_source, replacement: bool = False, num_samples: int | None = None,
                 generator=None):
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        refuse(not isinstance(replacement, bool), "RandomSampler: expected replacement=True or "
               f"False, got {replacement!r}", TypeError)
        self._num_samples = num_samples
        refuse(not isinstance(self.num_samples, int) or self.num_samples < 1, "RandomSampler: "
               f"expected num_samples of at least 1, got {self.num_samples!r}", ValueError)

    @property
    def num_samples(self):
        """How many indices come; as many as there are samples unless told otherwise."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]: return chain.from_iterable(self._portions())

    def _portions(self):
        n, total = len(self.data_source), self.num_samples
        generator = self.generator or Generator().manual_seed(_new_seed())
        step = 32 if self.replacement else n             # as many as PyTorch draws at once
        # PyTorch draws once more at the end, for nothing: whose dice they are, they move on.
        for start in range(0, total + (self.generator is not None), step):
            part = min(step, total - start)
            some = (randint(n, size=part, generator=generator) if self.replacement else
                    randperm(n, generator=generator))
            yield some.tolist()[:part]

def _new_seed(generator=None) -> int:
    """A seed for other dice, of 63 bits: PyTorch's `empty((), dtype=int64).random_()`."""
    return int((generator or default_generator).words64(1)[0] % np.uint64(2**63))


@says("A sampler's indices in lists of `batch_size`; `drop_last` leaves out a shorter last one.",
      "list(mg.utils.data.BatchSampler(range(5), batch_size=2, drop_last=False))",
      "[[0, 1], [2, 3], [4]]")
class BatchSampler(Sampler):
    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool = False):
        whole = isinstance(batch_size, (int, np.integer)) and not isinstance(batch_size, bool)
        refuse(not whole or batch_size < 1,
               f"batch_size: expected a whole number of at least 1, got {batch_size!r}", ValueError)
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + (rest > 0 and not self.drop_last)


# From samples to batches

def default_collate(batch: list):
    """One batch from a list of samples: tensors, arrays and numbers are stacked, dicts stay dicts.

    Tuples become lists, strings stay as they are, as in PyTorch. Raises RuntimeError for samples of
    different shapes.

    >>> mg.utils.data.default_collate([(mg.ones(2), 3), (mg.zeros(2), 4)])
    [tensor([[1., 1.],
            [0., 0.]]), tensor([3, 4])]
    """
    first = batch[0]
    if isinstance(first, (Tensor, np.ndarray, np.generic)):
        shapes = dict.fromkeys(x.shape for x in batch)
        refuse(len(shapes) > 1, "default_collate: expected samples of one shape, got "
               f"{', '.join(map(str, shapes))}; pad them to one length, or pass your own "
               "collate_fn")
        return stack(batch) if isinstance(first, Tensor) else as_tensor(np.stack(batch))
    if isinstance(first, (bool, int, float)):            # PyTorch keeps Python's precision here
        return as_tensor(np.array(batch, np.float64 if isinstance(first, float) else None))
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, dict):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    refuse(not isinstance(first, (tuple, list)), "default_collate: expected samples of tensors, "
           f"arrays, numbers, strings, dicts or tuples, got {type(first).__name__}; pass your own "
           "collate_fn", TypeError)
    lengths = {len(sample) for sample in batch}
    refuse(len(lengths) > 1, "default_collate: expected samples with equally many parts, got "
           f"{sorted(lengths)}")
    parts = [default_collate(list(part)) for part in zip(*batch)]
    return type(first)(*parts) if hasattr(first, "_fields") else parts


class DataLoader:
    """Batches of a dataset, ready for a training loop; `len(loader)` counts them.

    `shuffle` takes a new random order each epoch, from `generator` if given. `drop_last` leaves out
    a last batch that is not full. `sampler` or `batch_sampler` decide the order instead.
    `collate_fn` makes a batch of a list of samples. Samples are loaded in this process:
    `num_workers` only gives a dataset that draws the dice of PyTorch's workers, and a note says so.

    >>> loader = mg.utils.data.DataLoader(range(5), batch_size=2)
    >>> [batch.tolist() for batch in loader], len(loader)
    ([[0, 1], [2, 3], [4]], 3)
    """

    def __init__(self, dataset, batch_size: int | None = 1, shuffle: bool | None = None,
                 sampler=None, batch_sampler=None, num_workers=0, collate_fn=None, pin_memory=False,
                 drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None,
                 generator=None, *, prefetch_factor=None, persistent_workers=False,
                 pin_memory_device="", in_order=True):
        stream = isinstance(dataset, IterableDataset)
        ordered, batched = sampler is not None, batch_sampler is not None
        numbered = hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")
        refuse(not stream and not numbered, "DataLoader: expected a dataset with `dataset[index]` "
               f"and `len(dataset)`, got {type(dataset).__name__}", TypeError)
        for wrong, why in (
                (batched and (batch_size != 1 or shuffle or ordered or drop_last),
                 "batch_sampler decides alone; no batch_size, shuffle, sampler or drop_last"),
                (ordered and shuffle, "expected either a sampler or shuffle=True, got both"),
                (stream and (shuffle or ordered or batched),
                 "an IterableDataset has its own order; no shuffle, sampler or batch_sampler"),
                (not num_workers and (persistent_workers or prefetch_factor is not None),
                 "persistent_workers and prefetch_factor need num_workers above 0"),
                (batch_size is None and drop_last,
                 "batch_size=None makes no batches, so drop_last=True has nothing to drop")):
            refuse(wrong, f"DataLoader: {why}", ValueError)
        if num_workers or pin_memory:
            warnings.warn(f"DataLoader: num_workers={num_workers} and pin_memory={pin_memory} "
                          "change nothing here but the numbers that a dataset draws: minigrad "
                          "loads in this process and computes in its memory", stacklevel=2)
        if sampler is None:                              # what is put in batches
            sampler = (dataset if stream else RandomSampler(dataset, generator=generator)
                       if shuffle else SequentialSampler(dataset))
        if batch_sampler is None and batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.sampler, self.batch_sampler = dataset, sampler, batch_sampler
        self.batch_size, self.drop_last, self.generator = batch_size, drop_last, generator
        self.num_workers, self.pin_memory = num_workers, pin_memory
        self.prefetch_factor, self.worker_init_fn = prefetch_factor or 2, worker_init_fn
        self.persistent_workers, self.base_seed = persistent_workers, None
        self.collate_fn = collate_fn or (_as_tensors if batch_size is None else default_collate)

    def __iter__(self) -> Iterator:
        portions = iter(self.sampler if self.batch_sampler is None else self.batch_sampler)
        if self.base_seed is None or not self.persistent_workers:
            self.base_seed = _new_seed(self.generator)    # PyTorch's workers begin with it
        return self._batches(portions)

    def _batches(self, portions):
        stream = isinstance(self.dataset, IterableDataset)
        for portion in portions:
            if self.batch_sampler is None:
                yield self.collate_fn(portion if stream else self.dataset[portion])
            else:
                yield self.collate_fn(portion) if stream else self._fetch(portion)

    def __len__(self) -> int:                            # TypeError where a stream does not know it
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)

    def _fetch(self, indices: list[int]):
        # A TensorDataset gives the whole batch in one indexing, unless a subclass changed a sample.
        plain = type(self.dataset).__getitem__ is TensorDataset.__getitem__
        if plain and self.collate_fn is default_collate:
            return list(self.dataset[indices])
        return self.collate_fn([self.dataset[index] for index in indices])


def _as_tensors(sample):
    """One sample as it is, its arrays as tensors: what batch_size=None gives."""
    if isinstance(sample, np.ndarray):
        return as_tensor(sample)
    if isinstance(sample, (list, tuple)) and not hasattr(sample, "_fields"):
        return type(sample)(map(_as_tensors, sample))
    if isinstance(sample, dict):
        return {key: _as_tensors(x) for key, x in sample.items()}
    return sample
