"""Other devices and their switches: what PyTorch answers on a machine that has a CPU alone.

Questions are answered (there is none, it holds nothing), flags can be set and read and change
nothing, and what needs the device raises PyTorch's error.
"""
import sys
from contextlib import contextmanager
from functools import partial
from types import ModuleType

from .missing import absent

CUDA = AssertionError, "minigrad computes on the CPU only, not with CUDA"
OTHER = RuntimeError, "Cannot access accelerator device when none is available"


def make_module(path, **names):
    """A module without a file, which both `torch.backends.cudnn` and an import of it find."""
    module = sys.modules[f"minigrad.{path}"] = ModuleType(f"minigrad.{path}")
    vars(module).update(names, __path__=[], __getattr__=partial(absent, path))
    parent, _, name = module.__name__.rpartition(".")
    setattr(sys.modules[parent], name, module)
    return module

def _answers(words: str, answer=None) -> dict:
    """Functions that take anything and give this answer."""
    return {name: lambda *_, **__: answer for name in words.split()}

def _refusals(of: str, error: type, why: str, words: str) -> dict:
    """Functions that need the device."""
    def refusal(name):
        def function(*_, **__):
            raise error(f"{of}.{name}: {why}; ask torch.{of}.is_available() first")
        return function
    return {name: refusal(name) for name in words.split()}

SEEDS = "manual_seed manual_seed_all seed seed_all"
AMOUNTS = "memory_allocated max_memory_allocated memory_reserved max_memory_reserved memory_cached"
NEEDY = ("synchronize current_device get_device_name get_device_capability get_device_properties "
         "mem_get_info init ipc_collect current_stream default_stream get_rng_state set_rng_state "
         "initial_seed set_device memory_summary memory_stats reset_peak_memory_stats "
         "reset_max_memory_allocated set_per_process_memory_fraction Event Stream stream")

cuda = make_module(
    "cuda", **_answers("is_available is_initialized is_bf16_supported", False),
    **_answers(f"device_count {AMOUNTS}", 0), **_answers(f"{SEEDS} empty_cache set_rng_state_all"),
    get_arch_list=lambda: [], get_rng_state_all=lambda: [], **_refusals("cuda", *CUDA, NEEDY))
make_module(
    "xpu", **_answers("is_available is_initialized", False), **_answers("device_count", 0),
    **_answers(f"{SEEDS} empty_cache"), **_refusals("xpu", *OTHER, NEEDY))
make_module(
    "mps", **_answers("is_available", False), **_answers("device_count", 0),
    **_answers("manual_seed seed"),
    **_refusals("mps", *OTHER, "synchronize empty_cache current_allocated_memory get_rng_state "
                "driver_allocated_memory set_per_process_memory_fraction set_rng_state Event"))
make_module(
    "accelerator", **_answers("is_available", False), **_answers("device_count", 0),
    **_answers("current_accelerator empty_cache"),
    **_refusals("accelerator", *OTHER, "synchronize current_device_index set_device_index "
                "current_device_idx set_device_idx current_stream set_stream"))
make_module("cpu", **_answers("is_available", True), **_answers("device_count", 1),
            **_answers("current_device", "cpu"), **_answers("synchronize"))


# Switches, under their names in PyTorch and with its values

def _flags(name, **flags):
    """A module of switches; `with name.flags(enabled=False):` sets them for a while."""
    @contextmanager
    def for_a_while(**wanted):
        before = {key: vars(module)[key] for key in wanted}
        vars(module).update(wanted)
        try:
            yield
        finally:
            vars(module).update(before)
    module = make_module(f"backends.{name}", flags=for_a_while, **flags)

def _chosen(what, **now):
    """`enable_x_sdp(True)` and `x_sdp_enabled()` for each kind of attention."""
    return {**{f"enable_{kind}_{what}": lambda on, kind=kind: now.update({kind: bool(on)})
               for kind in now},
            **{f"{kind}_{what}_enabled": lambda kind=kind: now[kind] for kind in now}}

_no = _answers("is_available is_built", False)
backends = make_module("backends")
_flags("cudnn", enabled=True, benchmark=False, deterministic=False, allow_tf32=True,
       benchmark_limit=10, version=lambda: None, **_no)
_flags("cuda", is_built=_no["is_built"],
       **_chosen("sdp", flash=True, mem_efficient=True, math=True, cudnn=True))
_flags("cuda.matmul", allow_tf32=False, allow_fp16_reduced_precision_reduction=True,
       allow_bf16_reduced_precision_reduction=True)
_flags("mps", **_no)
_flags("mkl", **_no)
_flags("mkldnn", enabled=True, allow_tf32=True, **_no)
_flags("openmp", **_no)
_flags("opt_einsum", enabled=True, strategy="auto", **_no)
_flags("quantized", engine="none", supported_engines=["none"])
_flags("cpu", get_cpu_capability=lambda: "DEFAULT")
