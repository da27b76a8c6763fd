"""What switches and other devices answer, beside PyTorch on a machine without CUDA."""
import warnings

import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

QUESTIONS = """
cuda.is_available()
cuda.device_count()
cuda.empty_cache()
cuda.manual_seed(1)
cuda.manual_seed_all(1)
cuda.memory_allocated()
cuda.max_memory_allocated()
cuda.is_initialized()
cuda.get_arch_list()
cuda.get_rng_state_all()
cuda.synchronize()
cuda.current_device()
cuda.get_device_name(0)
cuda.get_device_properties(0)
cuda.mem_get_info()
mps.is_available()
mps.device_count()
mps.manual_seed(1)
mps.empty_cache()
mps.synchronize()
xpu.is_available()
xpu.device_count()
accelerator.is_available()
accelerator.current_accelerator()
accelerator.device_count()
accelerator.synchronize()
accelerator.current_device_index()
cpu.is_available()
cpu.device_count()
cpu.synchronize()
backends.mps.is_available()
backends.mps.is_built()
backends.cudnn.enabled
backends.cudnn.benchmark
backends.cudnn.deterministic
backends.cudnn.allow_tf32
backends.cudnn.version()
backends.cudnn.is_available()
backends.cuda.matmul.allow_tf32
backends.cuda.is_built()
backends.cuda.flash_sdp_enabled()
backends.mkldnn.enabled
newaxis
version.cuda
version.hip
version.debug
is_autocast_enabled()
get_float32_matmul_precision()
are_deterministic_algorithms_enabled()
is_warn_always_enabled()
set_num_threads(0)
set_num_threads(1.5)
use_deterministic_algorithms(1)
set_warn_always(1)
typename(3)
typename(None)
typename(len)
typename("text")
typename(warnings.catch_warnings)
autocast("cuda").__enter__() and None
autocast("cuda", enabled=False).__enter__() and None
autocast("mps").__enter__() and None
autocast("tpu")
autocast(3)
amp.GradScaler().get_scale()
amp.GradScaler("cuda", enabled=False).is_enabled()
amp.GradScaler(enabled=False).state_dict()
cuda.amp.GradScaler(enabled=False).get_scale()
"""


def answer(library, question):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            got = eval(question, {"warnings": warnings, **vars(library)})
        except Exception as error:
            return type(error)
    return got, [str(one.message) for one in told if "deprecated" not in str(one.message)]


@pytest.mark.parametrize("question", QUESTIONS.strip().splitlines())
def test_the_same_answer(question):
    assert answer(mg, question) == answer(torch, question)
