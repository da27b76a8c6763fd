"""`assert_close` beside PyTorch's: the same verdicts, the same words."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
NAN, INF = float("nan"), float("inf")

CASES = """
t.ones(2), t.ones(2)
t.ones(2), t.ones(2) + 1e-3
t.ones(2), t.ones(2) + 1e-6
t.tensor(1.), t.tensor(2.)
t.tensor(1.), t.tensor(0.)
t.ones(2), t.ones(3)
t.ones(2), t.ones(2).double()
t.ones(2), t.ones(2).double() + 1e-5, check_dtype=False
t.ones(2), t.ones(2).double() + 1e-4, check_dtype=False
t.ones(2), t.ones(2).long() * 3, check_dtype=False
t.ones(2).double(), t.ones(2).double() + 1e-6
t.ones(2).half(), t.ones(2).half() * 1.002
t.tensor([1, 2]), t.tensor([1, 3])
t.tensor([1, 2]), t.tensor([1, 3]), rtol=0.5, atol=0
t.tensor([2**53]), t.tensor([2**53 + 1])
t.tensor([True]), t.tensor([False])
t.tensor([NAN]), t.tensor([NAN])
t.tensor([NAN]), t.tensor([NAN]), equal_nan=True
t.tensor([NAN]), t.tensor([NAN]), equal_nan=True, rtol=0, atol=0
t.tensor([INF]), t.tensor([1.])
t.tensor([INF, -INF]), t.tensor([INF, -INF])
t.ones(2, 3), t.zeros(2, 3), msg="other words"
t.ones(2, 3), t.zeros(2, 3), msg=lambda words: "Look: " + words
t.ones(2, 3), t.zeros(2, 3), rtol=1
t.zeros(2, 3), t.arange(6.).reshape(2, 3), rtol=0, atol=4.5
t.ones(2, 3).t(), t.ones(3, 2), check_stride=True
t.ones(2, 3).t(), t.ones(3, 2)
t.zeros(0), t.zeros(0)
[1, 2.0], [1, 2.1]
1, 2
1, 1.0
1, 1.0, check_dtype=False
1.0, 0.0
NAN, NAN
NAN, NAN, equal_nan=True
INF, 1.0
True, False
True, True
None, None
None, 1
np.float64(1), np.float64(2)
np.bool_(True), np.bool_(False)
np.ones(2), np.ones(2)
np.ones(2), np.zeros(2)
[t.ones(2)], [t.ones(2), t.ones(2)]
(t.ones(2),), [t.ones(2)]
[t.ones(2), [t.zeros(1)]], [t.ones(2), [t.ones(1)]]
{"a": t.ones(2)}, {"b": t.ones(2)}
{"b": t.ones(2), "a": 1}, {"a": 1, "b": t.ones(2)}
{"a": [t.ones(2), 1.0]}, {"a": [t.ones(2), 2.0]}
[], []
t.ones(2), [1., 1.]
t.ones(2), 1.0
"a", "a"
t.ones(2), t.nn.Parameter(t.ones(2))
t.ones(2), t.nn.Parameter(t.ones(2)), allow_subclasses=False
"""


def verdict(library, arguments):
    names = {"t": library, "np": np, "NAN": NAN, "INF": INF, "assert_close": library.testing.assert_close}
    try:
        return eval(f"assert_close({arguments})", names)
    except (TypeError, ValueError) as error:
        return type(error)
    except AssertionError as error:
        words = str(error)                        # shapes and dtypes are written in each library's way
        return words.partition(":")[0] if words.startswith("The values for attribute") else words


@pytest.mark.parametrize("arguments", CASES.strip().splitlines())
def test_the_same_verdict(arguments):
    assert verdict(mg, arguments) == verdict(torch, arguments)
