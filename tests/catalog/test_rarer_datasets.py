"""Streams in a row and datasets side by side."""
import numpy as np
import pytest

import minigrad as mg


class Count(mg.utils.data.IterableDataset):
    def __init__(self, n): self.n = n
    def __iter__(self): return iter(range(self.n))


def test_a_chain_and_a_stack():
    assert list(Count(2) + Count(1)) == [0, 1, 0]
    both = mg.utils.data.StackDataset(image=[10, 11], label=["a", "b"])
    assert len(both) == 2 and both[1] == {"image": 11, "label": "b"}
    with pytest.raises(ValueError, match="lengths"):
        mg.utils.data.StackDataset([1], [1, 2])
    assert mg.utils.data.default_convert(({"a": np.array([1])}, "text")) == [{"a": mg.tensor([1])}, "text"]
