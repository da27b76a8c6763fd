"""`assert_close` without PyTorch: what passes, what fails, and what it says."""
import pytest

import minigrad as mg
from minigrad.testing import assert_close


def test_equal_up_to_the_digits_of_the_dtype():
    assert_close(mg.ones(2), mg.ones(2) + 1e-6)
    assert_close({"a": [mg.ones(2), 3]}, {"a": (mg.ones(2), 3)})
    with pytest.raises(AssertionError):
        assert_close(mg.ones(2).double(), mg.ones(2).double() + 1e-6)


@pytest.mark.parametrize("actual, expected, words", [
    (mg.tensor([[1.0, 2.0]]), mg.tensor([[1.0, 2.5]]),
     "Tensor-likes are not close!\n\nMismatched elements: 1 / 2 (50.0%)\n"
     "Greatest absolute difference: 0.5 at index (0, 1) (up to 1e-05 allowed)\n"
     "Greatest relative difference: 0.20000000298023224 at index (0, 1) (up to 1.3e-06 allowed)"),
    ([1, 2], [1, 3], "Scalars are not equal!\n\nExpected 3 but got 2.\nAbsolute difference: 1\n"
     "Relative difference: 0.3333333333333333\n\nThe failure occurred for item [1]"),
    ({"a": 1}, {"b": 1}, "The keys of the mappings do not match:\nMissing keys in the actual mapping: ['b']\n"
     "Additional keys in the actual mapping: ['a']")])
def test_its_words(actual, expected, words):
    with pytest.raises(AssertionError) as caught:
        assert_close(actual, expected)
    assert str(caught.value) == words
