"""The workloads give PyTorch's losses, so that their times may be compared."""
import pytest

pytest.importorskip("torch")

from benchmarks.__main__ import agree                             # noqa: E402
from benchmarks.workloads import WORK                             # noqa: E402
from test_benchmarks import first_losses                          # noqa: E402


@pytest.mark.parametrize("key", WORK)
def test_a_workload_gives_the_losses_of_pytorch(key):
    agree(key, first_losses("minigrad", key), first_losses("torch", key))
