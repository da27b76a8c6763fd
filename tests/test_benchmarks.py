"""The benchmarks' workloads work, and what README shows of them is what was measured. No test looks at the time."""
import json
import math
import shutil
from pathlib import Path

import pytest

import minigrad as mg
from benchmarks import report, worker
from benchmarks.__main__ import agree
from benchmarks.peers import PEERS, step_of
from benchmarks.workloads import WORK, chain

ROOT = Path(__file__).parents[1]
RESULTS = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


def first_losses(library, key):
    return worker.first_losses(step_of(library, key), WORK[key].check)


@pytest.mark.parametrize("key", WORK)
def test_a_workload_trains(key):
    losses = first_losses("minigrad", key)
    assert all(map(math.isfinite, losses)) and (key == "5" or losses[-1] <= losses[0])    # LeNet's momentum overshoots


@pytest.mark.parametrize("library, key", [(library, key) for library, work in PEERS.items() for key in work])
def test_a_peer_does_the_same_work(library, key, monkeypatch):
    if library == "tinygrad" and not shutil.which("clang"):
        pytest.skip("tinygrad compiles with clang")
    monkeypatch.setenv("DEV", "CPU")                              # tinygrad's device, as in the benchmarks
    pytest.importorskip(library)
    agree(key, first_losses(library, key), first_losses("minigrad", key))


def test_a_difference_is_not_timed():
    agree("3", [2.0, 1.0], [2.0, 1.0001])
    for wrong in ([2.0, 1.1], [2.0, math.nan]):
        with pytest.raises(RuntimeError, match="workload 3: expected the losses"):
            agree("3", wrong, [2.0, 1.0])


def test_flops_are_counted_from_the_graph():
    w = mg.ones(3, 4, requires_grad=True)
    assert worker.flops((mg.ones(2, 3) @ w).sum()) == 2 * (2 * 3 * 4) * 2         # forward, and the weight's gradient


def test_a_chain_has_its_gradient():
    step = chain(mg, 1000)
    assert step().item() == pytest.approx(1.0000001 ** 1000, rel=1e-3)


def test_readme_shows_the_last_results():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split(report.BEGIN)[1].split(report.END)[0]
    assert shown == f"\n{report.table(RESULTS)}\n\n{report.caption(RESULTS)}\n"
    assert set(RESULTS["work"]) == set(WORK) and all(RESULTS["growth"][kind] for kind in ("chain", "batch"))
