"""One library at one workload, in a process of its own: it sets up, then answers one line of JSON to each order.

    python -m benchmarks.worker minigrad 4      orders on stdin: check | time N | memory | flops | sgemm
"""
import gc
import json
import math
import sys
from importlib import import_module
from time import perf_counter

import numpy as np

from .peers import PEERS, step_of
from .workloads import chain, convnet_step

STATUS = "/proc/self/status"


def memory():
    """Resident and peak memory of this process in MB; on systems without /proc the peak stands for both."""
    try:
        lines = dict(line.split(":", 1) for line in open(STATUS) if line.startswith(("VmRSS", "VmHWM")))
        return tuple(int(lines[name].split()[0]) / 1000 for name in ("VmRSS", "VmHWM"))
    except OSError:
        import resource
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        return peak, peak


def timed(function, times):
    start = perf_counter()
    for _ in range(times):
        function()
    return (perf_counter() - start) / times


def first_losses(step, count):
    """The losses of the first steps, as Python's numbers; each graph is let go before the next step."""
    first = getattr(step, "start", step)
    return [float(loss.item() if hasattr(loss, "item") else loss.data) for loss in (first() for _ in range(count))]


def flops(loss):
    """Multiplications and additions in the products of a step of minigrad, read from the loss's graph: forward once,
    backward once more for every input that receives a gradient."""
    seen, stack, count = {loss.node}, [loss.node], 0
    while stack:
        node = stack.pop()
        inputs = [x for x in node.inputs if hasattr(x, "born")]
        if node.op is not None and node.op.__name__ in ("matmul", "linear", "conv2d"):
            summed = inputs[1].shape[-2] if node.op.__name__ == "matmul" else math.prod(inputs[1].shape[1:])
            count += 2 * math.prod(node.shape) * summed * (1 + sum(x.tracked for x in inputs[:2]))
        stack += set(inputs) - seen
        seen.update(inputs)
    return count


def sgemm(size=1024):
    """The machine's billions of float32 operations per second in one large matrix product, the best of ten."""
    a, b = (np.random.default_rng(i).standard_normal((size, size)).astype(np.float32) for i in (0, 1))
    return 2e-9 * size ** 3 / min(timed(lambda: a @ b, 1) for _ in range(10))


def make(library, key):
    if key == "nothing":
        return lambda: None
    kind, _, size = key.partition(":")
    if kind in ("chain", "batch"):
        module = import_module(library)
        return (chain if kind == "chain" else convnet_step)(module, int(size))
    return step_of(library, key)


def main(library, key):
    for module in (library, f"{library}.optim", f"{library}.utils.data")[:1 if library in PEERS else 3]:
        import_module(module)
    before = memory()[0]
    step = make(library, key)
    answer = sys.stdout
    sys.stdout = sys.stderr                # whatever a library prints is no answer
    print(json.dumps("ready"), file=answer, flush=True)
    for line in sys.stdin:
        order, *rest = line.split()
        if order == "check":
            result = first_losses(step, int(rest[0]))
        elif order == "time":
            result = timed(step, int(rest[0]))
        elif order == "memory":
            peak = memory()[1]
            result = {"process": peak, "growth": max(peak - before, 0.0)}
        elif order == "flops":
            result = flops(getattr(step, "start", step)())
        elif order == "sgemm":
            result = sgemm()
        gc.collect()
        print(json.dumps(result), file=answer, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
