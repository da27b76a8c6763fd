"""Switches, other devices and mixed precision: they answer what programs ask, and change no number."""
import subprocess
import sys
import warnings

import pytest

import minigrad as mg
from minigrad import nn


def test_the_lines_at_the_head_of_a_program():
    mg.set_num_threads(3)
    mg.set_num_interop_threads(1)
    mg.use_deterministic_algorithms(True, warn_only=True)
    mg.set_float32_matmul_precision("high")
    mg.set_warn_always(True)
    told = (mg.get_num_threads(), mg.get_num_interop_threads(), mg.are_deterministic_algorithms_enabled(),
            mg.is_deterministic_algorithms_warn_only_enabled(), mg.get_float32_matmul_precision(), mg.is_warn_always_enabled())
    assert told == (3, 1, True, True, "high", True)
    mg.use_deterministic_algorithms(False)
    mg.set_float32_matmul_precision("highest")
    mg.set_warn_always(False)
    assert mg.newaxis is None and mg.ones(2)[:, mg.newaxis].shape == (2, 1)


@pytest.mark.parametrize("call, error", [
    (lambda: mg.set_num_threads(0), RuntimeError), (lambda: mg.set_num_threads(2.5), RuntimeError),
    (lambda: mg.use_deterministic_algorithms(1), TypeError), (lambda: mg.set_warn_always(1), RuntimeError)])
def test_wrong_settings(call, error):
    with pytest.raises(error):
        call()


def test_backends_are_flags():
    from minigrad.backends import cudnn
    cudnn.benchmark = True
    mg.backends.cuda.matmul.allow_tf32 = True
    assert mg.backends.cudnn.benchmark and mg.backends.cuda.matmul.allow_tf32
    with cudnn.flags(enabled=False, benchmark=False):
        assert not cudnn.enabled and not cudnn.benchmark
    assert cudnn.enabled and cudnn.benchmark
    cudnn.benchmark = mg.backends.cuda.matmul.allow_tf32 = False
    mg.backends.cuda.enable_flash_sdp(False)
    assert not mg.backends.cuda.flash_sdp_enabled() and mg.backends.cuda.math_sdp_enabled()
    mg.backends.cuda.enable_flash_sdp(True)


def test_versions_can_be_taken_apart():
    assert tuple(int(part) for part in mg.__version__.split("+")[0].split(".")[:2]) >= (0, 1)
    assert mg.version.__version__ == mg.__version__ and mg.version.cuda is None
    assert "numpy" in mg.__config__.show() and "threads" in mg.__config__.parallel_info()


# Compiling

COMPILE = """
import warnings, minigrad as mg
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    net = mg.nn.Linear(2, 1)
    assert mg.compile(net) is net and mg.compile(net, mode="max-autotune") is net
    @mg.compile
    def double(x): return x * 2
    @mg.compile(fullgraph=True, dynamic=False)
    def thrice(x): return x * 3
    assert double(mg.ones(1)).item() == 2 and thrice(mg.ones(1)).item() == 3
print(len(told), told[0].message)
"""


def test_compile_gives_back_its_argument_and_says_so_once():
    said = subprocess.run([sys.executable, "-c", COMPILE], capture_output=True, text=True)
    assert said.stdout.startswith("1 compile: minigrad has no compiler"), said.stderr
    with pytest.raises(TypeError, match="expected a function or module"):
        mg.compile(3)


# Mixed precision

def test_a_training_step_with_mixed_precision_switched_off():
    net, x = nn.Linear(3, 1), mg.ones(4, 3)
    plain = mg.optim.SGD(net.parameters(), lr=0.1)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        scaler = mg.cuda.amp.GradScaler()
        with mg.cuda.amp.autocast():
            loss = net(x).mean()
    assert len(told) == 2
    before = net.weight.detach().clone()
    scaler.scale(loss).backward()
    scaler.unscale_(plain)
    nn.utils.clip_grad_norm_(net.parameters(), 10.0)
    scaler.step(plain)
    scaler.update()
    assert mg.allclose(net.weight, before - 0.1) and loss.dtype == mg.float32
    assert scaler.state_dict() == {} and scaler.load_state_dict({}) is None and not scaler.is_enabled()


def test_autocast_is_a_decorator_too():
    @mg.autocast("cpu", enabled=False)
    def double(x):
        return x * 2
    assert double(mg.ones(1)).item() == 2 and double.__name__ == "double"


@pytest.mark.parametrize("call, error, message", [
    (lambda: mg.autocast("cpu"), NotImplementedError, "no bfloat16"),
    (lambda: mg.autocast("cpu", dtype=mg.float16), NotImplementedError, "dtype of its tensors"),
    (lambda: mg.autocast("tpu"), RuntimeError, "expected one of cpu"), (lambda: mg.autocast(3), ValueError, "device type"),
    (lambda: mg.amp.GradScaler("cpu"), NotImplementedError, "enabled=False")])
def test_mixed_precision_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
