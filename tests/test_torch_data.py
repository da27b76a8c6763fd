"""Datasets and loaders beside PyTorch's: the same batches; skipped without torch."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

ROWS = np.arange(22, dtype="float32").reshape(11, 2)


def plain(x):
    """Tensors as nested lists with their dtype, everything else as it is."""
    if hasattr(x, "tolist"):
        return str(x.dtype).removeprefix("torch."), x.tolist()
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    return [plain(i) for i in x] if isinstance(x, (list, tuple)) else x


def words(data):
    class Words(data.IterableDataset):
        def __iter__(self):
            return iter("to be or not to be that".split())
    return Words()


def pairs(lib):
    return lib.utils.data.TensorDataset(lib.tensor(ROWS), lib.arange(11))


class Dicts:
    def __len__(self):
        return 5

    def __getitem__(self, index):
        return {"x": np.full(2, index, "float32"), "y": index, "name": f"n{index}", "pair": (index * 0.5, True)}


@pytest.mark.parametrize("make", [
    lambda lib: lib.utils.data.DataLoader(pairs(lib), 4),
    lambda lib: lib.utils.data.DataLoader(pairs(lib), 4, drop_last=True),
    lambda lib: lib.utils.data.DataLoader(pairs(lib), None),
    lambda lib: lib.utils.data.DataLoader(Dicts(), 2),
    lambda lib: lib.utils.data.DataLoader(Dicts(), None),
    lambda lib: lib.utils.data.DataLoader(Dicts(), 3, collate_fn=lambda batch: [s["name"] for s in batch]),
    lambda lib: lib.utils.data.DataLoader(lib.utils.data.Subset(pairs(lib), [7, 1, 3]), 2),
    lambda lib: lib.utils.data.DataLoader(lib.utils.data.ConcatDataset([pairs(lib), pairs(lib)]), 8),
    lambda lib: lib.utils.data.DataLoader(pairs(lib) + pairs(lib), sampler=[21, 0, 11]),
    lambda lib: lib.utils.data.DataLoader(pairs(lib), batch_sampler=[[1, 2], [10]]),
    lambda lib: lib.utils.data.DataLoader(range(5), batch_sampler=lib.utils.data.BatchSampler(
        lib.utils.data.SequentialSampler(range(5)), 2, True)),
    lambda lib: lib.utils.data.DataLoader(words(lib.utils.data), 3),
    lambda lib: lib.utils.data.DataLoader(words(lib.utils.data), 3, drop_last=True),
    lambda lib: lib.utils.data.DataLoader(words(lib.utils.data), None),
])
def test_the_same_batches(make):
    mine, theirs = make(mg), make(torch)
    assert plain(list(mine)) == plain(list(theirs))
    assert not isinstance(mine.dataset, mg.utils.data.Dataset) or hasattr(theirs, "dataset")
    if not isinstance(mine.dataset, mg.utils.data.IterableDataset):
        assert len(mine) == len(theirs)


@pytest.mark.parametrize("lengths", [[7, 4], [0.5, 0.5], [0.3, 0.3, 0.4], [1.0], [11, 0]])
def test_random_split_has_pytorchs_lengths_and_loses_nothing(lengths):
    mine, theirs = (lib.utils.data.random_split(range(11), lengths) for lib in (mg, torch))
    assert [len(part) for part in mine] == [len(part) for part in theirs]
    assert sorted(i for part in mine for i in part.indices) == list(range(11))


def test_a_seed_repeats_a_split_and_an_order():
    def draw():
        g = mg.Generator().manual_seed(3)
        split = mg.utils.data.random_split(range(20), [15, 5], generator=g)
        weighted = mg.utils.data.WeightedRandomSampler([1.0, 2.0, 0.0], 10, generator=g)
        return split[0].indices, list(weighted), list(mg.utils.data.SubsetRandomSampler(list("abcdef"), generator=g))
    assert draw() == draw()


def test_weights_are_chances():
    drawn = list(mg.utils.data.WeightedRandomSampler([1.0, 3.0, 0.0], 4000))
    assert 0.2 < drawn.count(0) / 4000 < 0.3 and 2 not in drawn
    assert sorted(mg.utils.data.WeightedRandomSampler([1.0, 3.0, 2.0], 3, replacement=False)) == [0, 1, 2]


@pytest.mark.parametrize("case", [
    lambda d: d.random_split(range(10), [3, 3]),
    lambda d: d.random_split(range(10), [1.5, -0.5]),
    lambda d: d.ConcatDataset([]),
    lambda d: d.ConcatDataset([[1], [2]])[5],
    lambda d: d.WeightedRandomSampler([1.0], 0),
    lambda d: d.WeightedRandomSampler([[1.0]], 1),
    lambda d: d.DataLoader(words(d), shuffle=True),
    lambda d: d.DataLoader(range(3), None, drop_last=True),
    lambda d: d.DataLoader(range(3), sampler=[0], shuffle=True),
])
def test_what_pytorch_refuses_is_refused(case):
    with pytest.raises(Exception) as theirs:
        case(torch.utils.data)
    with pytest.raises(type(theirs.value)):
        case(mg.utils.data)
