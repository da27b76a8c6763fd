"""Datasets, samplers and the loader: every sample once, in a repeatable order, in batches of the right form."""
from collections import namedtuple
from itertools import islice

import numpy as np
import pytest

import minigrad as mg
from minigrad.utils.data import (BatchSampler, DataLoader, Dataset, RandomSampler, SequentialSampler, TensorDataset,
                                 default_collate)


class Squares(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        return np.full(2, index, np.float32), index ** 2


@pytest.fixture
def pairs():
    return TensorDataset(mg.arange(10, dtype=mg.float32).reshape(10, 1), mg.arange(10))


def seeded(seed=0):
    return mg.Generator().manual_seed(seed)


# Datasets

def test_tensor_dataset(pairs):
    x, y = pairs[3]
    assert len(pairs) == 10 and x.tolist() == [3] and y.item() == 3
    with pytest.raises(ValueError, match=r"equally many rows, got shapes \[torch.Size\(\[2\]\), torch.Size\(\[3\]\)\]"):
        TensorDataset(mg.ones(2), mg.ones(3))
    with pytest.raises(ValueError, match="equally many rows"):
        TensorDataset(mg.tensor(1.0))
    with pytest.raises(TypeError, match="got ndarray"):
        TensorDataset(np.ones(3))


def test_a_dataset_without_getitem_says_so():
    class Empty(Dataset):
        pass
    with pytest.raises(NotImplementedError, match="Empty needs a method"):
        Empty()[0]


# Samplers

def test_samplers():
    assert list(SequentialSampler("abc")) == [0, 1, 2]
    order = RandomSampler(range(100), generator=seeded())
    first, second = list(order), list(order)
    assert sorted(first) == sorted(second) == list(range(100)) and first != second and len(order) == 100
    assert first == list(RandomSampler(range(100), generator=seeded()))
    some = list(RandomSampler(range(100), num_samples=7, generator=seeded()))
    assert len(set(some)) == 7
    drawn = RandomSampler(range(3), replacement=True, num_samples=50, generator=seeded())
    assert len(drawn) == 50 and set(drawn) == {0, 1, 2}
    more = list(RandomSampler(range(3), num_samples=7))
    assert [sorted(more[i:i + 3]) for i in (0, 3)] == [[0, 1, 2]] * 2 and len(more) == 7
    endless = RandomSampler(range(3), replacement=True, num_samples=10**10)
    assert len(endless) == 10**10 and len(list(islice(endless, 100))) == 100
    with pytest.raises(ValueError, match="num_samples of at least 1, got 0"):
        RandomSampler(range(3), num_samples=0)


@pytest.mark.parametrize("n, size, drop, expected", [
    (5, 2, False, [[0, 1], [2, 3], [4]]), (5, 2, True, [[0, 1], [2, 3]]), (4, 2, True, [[0, 1], [2, 3]]),
    (0, 2, False, []), (1, 2, True, []),
])
def test_batch_sampler(n, size, drop, expected):
    batches = BatchSampler(range(n), size, drop)
    assert list(batches) == expected and len(batches) == len(expected)


@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_a_batch_has_at_least_one_sample(size, pairs):
    with pytest.raises(ValueError, match="batch_size: expected a whole number of at least 1"):
        DataLoader(pairs, batch_size=size)


# Loader

@pytest.mark.parametrize("drop_last, sizes", [(False, [4, 4, 2]), (True, [4, 4])])
def test_batches_and_their_number(pairs, drop_last, sizes):
    loader = DataLoader(pairs, batch_size=4, drop_last=drop_last)
    batches = list(loader)
    assert len(loader) == len(batches) and [len(y) for _, y in batches] == sizes
    assert [type(batch) for batch in batches] == [list] * len(sizes)
    assert batches[0][0].shape == (4, 1) and batches[1][1].tolist() == [4, 5, 6, 7] and batches[0][1].dtype == mg.int64


def test_shuffling_is_new_each_epoch_and_the_same_from_the_same_seed(pairs):
    def epochs(loader):
        return [[i for _, y in loader for i in y.tolist()] for _ in range(2)]
    one = epochs(DataLoader(pairs, batch_size=3, shuffle=True, generator=seeded(1)))
    assert one == epochs(DataLoader(pairs, batch_size=3, shuffle=True, generator=seeded(1)))
    assert one[0] != one[1] and sorted(one[0]) == sorted(one[1]) == list(range(10))
    mg.manual_seed(4)
    default = epochs(DataLoader(pairs, shuffle=True))
    mg.manual_seed(4)
    assert default == epochs(DataLoader(pairs, shuffle=True))


def test_the_fast_path_gives_what_sample_by_sample_would(pairs):
    class Plain(TensorDataset):
        def __getitem__(self, index):
            return super().__getitem__(index)
    for fast, slow in zip(DataLoader(pairs, 4), DataLoader(Plain(*pairs.tensors), 4), strict=True):
        assert all(mg.equal(a, b) and a.dtype == b.dtype for a, b in zip(fast, slow, strict=True))


def test_a_subclass_that_changes_its_samples_is_respected(pairs):
    class Noisy(TensorDataset):
        def __getitem__(self, index):
            x, y = super().__getitem__(index)
            return x + 100 * (index % 2), y                  # one sample is not like the next
    x, _ = next(iter(DataLoader(Noisy(*pairs.tensors), 2)))
    assert x.tolist() == [[0], [101]]


def test_anything_with_getitem_and_len_will_do():
    x, y = next(iter(DataLoader(Squares(), batch_size=3)))
    assert x.tolist() == [[0, 0], [1, 1], [2, 2]] and y.tolist() == [0, 1, 4]
    assert [b.tolist() for b in DataLoader([5, 6, 7], batch_size=2)] == [[5, 6], [7]]
    assert next(iter(DataLoader(mg.eye(3), batch_size=2))).shape == (2, 3)
    with pytest.raises(TypeError, match="got generator"):
        DataLoader(x for x in range(3))


def test_own_order_and_own_batches(pairs):
    assert [y.tolist() for _, y in DataLoader(pairs, 2, sampler=[9, 0, 5])] == [[9, 0], [5]]
    loader = DataLoader(pairs, batch_sampler=[[1, 2, 3], [0]])
    assert [y.tolist() for _, y in loader] == [[1, 2, 3], [0]] and len(loader) == 2
    with pytest.raises(ValueError, match="either a sampler or shuffle"):
        DataLoader(pairs, sampler=[1], shuffle=True)
    with pytest.raises(ValueError, match="batch_sampler decides"):
        DataLoader(pairs, batch_sampler=[[1]], batch_size=2)


def test_own_collate(pairs):
    assert list(DataLoader(pairs, 5, collate_fn=len)) == [5, 5]


def test_workers_and_pinned_memory_are_noted():
    with pytest.warns(UserWarning, match="num_workers=2 and pin_memory=True change nothing"):
        DataLoader([1], num_workers=2, pin_memory=True)


def test_indices_stay_whole_in_a_long_walk_with_a_broken_off_epoch(pairs):
    loader = DataLoader(pairs, 3, shuffle=True, generator=seeded())
    next(iter(loader))
    assert sorted(i for _, y in loader for i in y.tolist()) == list(range(10))


# Collate

def test_collate_keeps_the_form_and_the_types():
    Point = namedtuple("Point", "x y")
    sample = {"image": np.zeros((2, 2), np.uint8), "label": 3, "weight": 0.5, "name": "a", "ok": True,
              "box": (mg.ones(2), [1, 2]), "scalar": np.float32(1.5), "point": Point(1, 2.0)}
    batch = default_collate([sample, sample])
    assert batch["image"].shape == (2, 2, 2) and batch["image"].dtype == mg.uint8
    assert batch["label"].dtype == mg.int64 and batch["weight"].dtype == mg.float64 and batch["ok"].dtype == mg.bool
    assert batch["name"] == ["a", "a"] and batch["scalar"].dtype == mg.float32
    tensor, numbers = batch["box"]
    assert type(batch["box"]) is list and tensor.shape == (2, 2) and [n.tolist() for n in numbers] == [[1, 1], [2, 2]]
    assert isinstance(batch["point"], Point) and batch["point"].y.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("batch, error, message", [
    ([mg.ones(2), mg.ones(3)], RuntimeError, r"samples of one shape, got torch.Size\(\[2\]\), torch.Size\(\[3\]\)"),
    ([np.ones(2), np.ones((2, 1))], RuntimeError, "samples of one shape"),
    ([(1, 2), (1,)], RuntimeError, r"equally many parts, got \[1, 2\]"),
    ([None, None], TypeError, "got NoneType; pass your own collate_fn"),
])
def test_collate_refuses(batch, error, message):
    with pytest.raises(error, match=message):
        default_collate(batch)
