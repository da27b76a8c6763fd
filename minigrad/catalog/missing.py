"""What PyTorch has and minigrad has not: one form of message, with the nearest that exists.

A name of PyTorch's that is missing says so, as an attribute and in an import; a name that PyTorch
does not have either is an ordinary AttributeError. Patterns are those of a shell: `jit*`.
"""
import sys
from fnmatch import fnmatchcase
from functools import lru_cache, partial

from ..nn import functional
from ..tensor import Tensor

DENSE, NUMPY = "ordinary (dense) tensors", "numpy's, by t.numpy() and from_numpy(...), no gradients"
PLANNED = {
    "distributed* utils.data.distributed* utils.data.DistributedSampler nn.parallel* "
    "nn.DataParallel nn.SyncBatchNorm multiprocessing* futures*":
        "the same program in one process, without the wrapper",
    "nn.attention*": "nn.functional.scaled_dot_product_attention",
    "nn.*3d nn.functional.*3d*": "the same for images, 2d",
    "nn.Fractional* nn.LPPool*": "nn.MaxPool2d, nn.AvgPool2d and nn.Upsample",
    "nn.Softmax2d": "nn.Softmax(dim=1)",
    "nn.Multi*Loss nn.CTCLoss nn.Adaptive*Loss nn.*WithDistanceLoss nn.LinearCross* nn.NLLLoss2d":
        "nn.CrossEntropyLoss, nn.BCEWithLogitsLoss and nn.TripletMarginLoss",
    "nn.LocalResponseNorm nn.CrossMapLRN2d": "nn.GroupNorm",
    "nn.Buffer nn.Container": "register_buffer, and tensors with their sizes",
    "distributions.*": "distributions.Normal, Uniform, Exponential, Bernoulli, Categorical",
}
NOT_PLANNED = {
    "jit* fx* export* package* _dynamo* _inductor* _export*":
        "the function or the module itself, which runs as it is",
    "onnx*": "save(model.state_dict(), file), and the program that builds the model",
    "hub* utils.model_zoo*": "load(file) or safetensors.load_file(file), from a file of your own",
    "utils.tensorboard*": "print, matplotlib, and minigrad.viz for graphs and models",
    "profiler* autograd.profiler* utils.benchmark* utils.bottleneck* cuda.profiler* cuda.nvtx* "
    "autograd.graph.*hooks": "timeit and cProfile of the standard library",
    "autograd.forward_ad* autograd.graph*": "autograd.functional.jvp and Tensor.register_hook",
    "func.linearize func.functionalize": "func.jvp, and functions that change nothing in place",
    "overrides* library* utils.cpp_extension* cpp* classes ops* _C* _ops* utils._pytree*":
        "autograd.Function, for an operation of your own",
    "sparse* *sparse_* *_sparse* Tensor.to_sparse* optim.SparseAdam": DENSE,
    "nested* masked* jagged": f"{DENSE}, padded, and a mask",
    "quantization* ao* *quantize* *quantized* qint* quint* per_*_affine* per_*_symmetric "
    "nn.qat* nn.intrinsic* nn.quantizable*": "the same computation in float32 or float16",
    "complex* cfloat cdouble chalf imag angle polar conj* view_as_real view_as_complex":
        "the real and the imaginary part as two tensors",
    "fft* stft istft signal* *_window": NUMPY,
    "bfloat16 BFloat16* float8* float4* uint16 uint32 uint64 bit bits*":
        "float16, float32, uint8, int32 and int64",
    "channels_last*": "contiguous_format, the only one",
    "cuda.*graph* cuda.CUDAGraph cuda.comm* cuda.nccl* mps.compile_shader mtia* hpu* "
    "accelerator.device_index":
        "the CPU; ask is_available() first",
    "nn.utils.parametriz* nn.utils.stateless* nn.utils.prune*": "func.functional_call",
    "optim.Muon optim.Adafactor": "optim.AdamW",
    "lobpcg svd_lowrank pca_lowrank": "linalg.svd and linalg.eigh",
    "utils.data.datapipes* utils.data.*DataPipe": "utils.data.IterableDataset",
    "serialization.safe_globals": "load(file), which builds tensors, dicts, lists and numbers only",
    "Tensor.resize*": "x.reshape(...), whose result is another tensor",
    "nn.RNNCellBase": "nn.RNNCell, nn.LSTMCell and nn.GRUCell",
    "nn.*NonDynamicallyQuantizableLinear": "nn.Linear",
    "range": "arange, which leaves the end out",
    "nn.functional.upsample*": "nn.functional.interpolate",
    "testing.assert_allclose": "testing.assert_close",
    "linalg.eig linalg.eigvals Tensor.eig": "linalg.eigh, of symmetric matrices",
    "spmm": f"matmul of {DENSE}",
    "nn.init._calculate_*": "nn.init.calculate_gain and the sizes of the weight",
    "Stream Event": "nothing to wait for: a call returns when its result is there",
}


class Absent(AttributeError, NotImplementedError):
    """A name of PyTorch's that minigrad has not."""


@lru_cache
def why(name: str) -> str | None:
    """The message for a name below torch, "fft.rfft"; None for one that PyTorch has not either."""
    form = "torch.{} is not in minigrad; the nearest is {} ({})".format
    parent, _, last = name.rpartition(".")
    for rows, plan in ((PLANNED, "planned"), (NOT_PLANNED, "not planned")):
        for patterns, nearest in rows.items():
            if any(fnmatchcase(name, pattern) for pattern in patterns.split()):
                return form(name, nearest, plan)
    if not parent and not last.startswith("_"):
        if hasattr(functional, last):
            return form(name, f"nn.functional.{last}, whose arguments may differ", plan)
        if callable(getattr(Tensor, last, None)):
            return form(name, f"the method x.{last}", plan)
    return None


def absent(path: str, name: str):
    """What a module of that path answers when asked for a name that it has not."""
    message = why(f"{path}.{name}".lstrip(".")) if not name.startswith("__") else None
    if message:
        raise Absent(message)
    raise AttributeError(f"module {f'minigrad.{path}'.rstrip('.')!r} has no attribute {name!r}")


class _Finder:
    """The last to be asked for a module: it knows why there is none."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        package, _, inside = name.partition(".")
        above, _, last = name.rpartition(".")
        ours = sys.modules.get(package) is sys.modules["minigrad"]     # also where it is "torch"
        if not (ours and inside) or last in vars(sys.modules[above]):  # a function, no module
            return
        if message := why(inside):
            raise ModuleNotFoundError(message)         # with a name, `from` would swallow it


def absent_method(self, name):
    """What a tensor answers when asked for an attribute that it has not."""
    if message := why(f"Tensor.{name}"):
        raise Absent(message)
    raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def refuse_by_name(modules: dict):
    """Let tensors, the modules of these paths and imports from them say what is missing."""
    Tensor.__getattr__ = absent_method
    for path, module in modules.items():
        module.__getattr__ = partial(absent, path)
        vars(module).setdefault("__path__", [])    # so that an import asks the finder, too
    sys.meta_path.append(_Finder)
