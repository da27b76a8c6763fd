"""Parts of datasets, and datasets joined; the comparison with PyTorch is in test_torch_data."""
import minigrad as mg
from minigrad.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset


def test_subset():
    pairs = TensorDataset(mg.arange(10, dtype=mg.float32).reshape(10, 1), mg.arange(10))
    part = Subset(pairs, [7, 2])
    assert len(part) == 2 and part[1][1].item() == 2
    assert [y.tolist() for _, y in DataLoader(part, batch_size=2)] == [[7, 2]]


def test_a_sum_of_datasets_is_one_after_the_other():
    one, two = TensorDataset(mg.arange(2)), TensorDataset(mg.arange(3))
    both = one + two
    assert isinstance(both, ConcatDataset) and [x.item() for x, in (both[i] for i in range(5))] == [0, 1, 0, 1, 2]
