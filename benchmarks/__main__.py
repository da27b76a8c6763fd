"""minigrad beside PyTorch and its peers: `make bench`, or `python -m benchmarks [keys of workloads]`.

Every library works in a process of its own. They take turns, a round each, so that what disturbs the machine disturbs
them alike, with a pause between turns and a step to warm up. A ratio is the median over the rounds of one round's ratio.
Results are compared before anything is timed. With keys, only those workloads run and nothing is written.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .peers import PEERS
from .report import publish, table
from .workloads import WORK

ROOT = Path(__file__).parents[1]
EPOCH = "7"
BATCHES = 938                              # of 64 images in an epoch
PAUSE = 0.12                               # seconds between two turns: threads of the last one still wait, spinning
LENGTHS, BATCH_SIZES = (10**3, 10**4, 10**5, 10**6), (1, 4, 16, 64, 256)


class Worker:
    """A process with one library at one workload; `worker("time 3")` gives its answer."""

    def __init__(self, library, key, threads):
        numbers = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        self.library = library
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", library, key], cwd=ROOT, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **numbers, "PYTHONPATH": str(ROOT), "DEV": "CPU"})
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            complaint = self.process.stderr.read().strip().splitlines()
            raise RuntimeError(f"{self.library}: {complaint[-1] if complaint else 'stopped without a word'}")
        return json.loads(line)

    def __call__(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def agree(key, losses, reference):
    """Raise unless a library's first losses are those of PyTorch, to float32 rounding (an epoch amplifies it)."""
    for got, expected in zip(losses, reference):
        if not abs(got - expected) <= (2e-2 if key == EPOCH else 1e-3) * abs(expected):
            raise RuntimeError(f"workload {key}: expected the losses {reference}, got {losses}")


def compare(key, libraries, threads, rounds, seconds):
    """{library: its figures} at one workload; a library that cannot do it here says why."""
    figures, workers = {}, []
    for library in libraries:
        worker = None
        try:
            worker = Worker(library, key, threads)
            if key in WORK:
                losses = worker(f"check {WORK[key].check}")
                figures[library] = {"losses": losses}
                agree(key, losses, figures[libraries[0]]["losses"])
            workers.append(worker)
        except RuntimeError as error:
            if library in ("torch", "minigrad"):
                raise
            figures[library] = {"refused": str(error)}
            if worker is not None:
                worker.stop()
    times = {worker.library: [] for worker in workers}
    steps = {worker.library: 1 if key == EPOCH else max(1, round(seconds / worker("time 1"))) for worker in workers}
    for _ in range(3 if key == EPOCH else rounds):
        for worker in workers:
            time.sleep(PAUSE)
            if key != EPOCH:
                worker("time 1")
            times[worker.library].append(worker(f"time {steps[worker.library]}"))
    for worker in workers:
        mine = times[worker.library]
        figures.setdefault(worker.library, {}).update(
            ms=1e3 * statistics.median(mine), ratio=statistics.median(t / p for t, p in zip(mine, times["torch"])),
            memory=worker("memory"))
        if worker.library == "minigrad" and key in WORK:
            figures["minigrad"]["flops"] = worker("flops") * (BATCHES if key == EPOCH else 1)
        worker.stop()
    return figures


def importing(times=15):
    """The median of what `import minigrad` takes after `import numpy`, in seconds."""
    code = ("import numpy, time; start = time.perf_counter(); import minigrad; print(time.perf_counter() - start)")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = lambda: float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True,
                                       check=True).stdout)
    run()
    return statistics.median(run() for _ in range(times))


def machine(threads):
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    versions = {}
    for library in ("numpy", "torch", *PEERS):
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            versions[library] = None
    return {"processor": name, "cores": os.cpu_count(), "threads": threads, "system": platform.system(),
            "python": platform.python_version(), "date": date.today().isoformat(), "versions": versions}


def main():
    parser = argparse.ArgumentParser(prog="make bench", description="minigrad beside PyTorch and its peers")
    parser.add_argument("keys", nargs="*", metavar="KEY", help=f"workloads: {' '.join(WORK)} (default: all, and growth)")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count()))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.15, help="length of a round")
    parser.add_argument("--no-peers", action="store_true", help="PyTorch alone")
    options = parser.parse_args()
    if unknown := set(options.keys) - set(WORK):
        parser.error(f"no workload {', '.join(sorted(unknown))}; there are {' '.join(WORK)}")
    result = {"machine": machine(options.threads), "work": {}, "growth": {}}
    peak = Worker("minigrad", "nothing", options.threads)
    peaks = []
    for key in options.keys or WORK:
        peers = [] if options.no_peers else [name for name, work in PEERS.items() if key in work]
        peaks.append(peak("sgemm"))
        figures = compare(key, ["torch", "minigrad", *peers], options.threads, options.rounds, options.seconds)
        work = WORK[key]
        result["work"][key] = {"title": work.title, "goal": work.goal, "libraries": figures}
        mine, theirs = figures["minigrad"], figures["torch"]
        print(f"{key:3} {work.title:52} {mine['ms']:9.2f} ms  PyTorch {theirs['ms']:9.2f} ms  ratio {mine['ratio']:.2f}",
              flush=True)
    peak.stop()
    result["sgemm"] = statistics.median(peaks)
    result["import"] = importing()
    if options.keys:
        print(table(result))
        return
    for kind, sizes in (("chain", LENGTHS), ("batch", BATCH_SIZES)):
        result["growth"][kind] = {str(n): compare(f"{kind}:{n}", ["torch", "minigrad"], options.threads, 3, 0.1)
                                  for n in sizes}
        print(f"growth with the {kind}: measured", flush=True)
    publish(result, ROOT)
    print(table(result))


if __name__ == "__main__":
    main()
