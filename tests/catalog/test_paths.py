"""Where PyTorch's programs import from, and what an import of something missing says."""
import importlib
import subprocess
import sys

import pytest

import minigrad as mg
from minigrad.catalog.missing import why
from minigrad.catalog.paths import ROWS


def run(line):
    exec(line, {"torch": mg, "mg": mg})


IMPORTS = """
import minigrad.nn.modules.conv as conv; assert conv.Conv2d is mg.nn.Conv2d
from minigrad.nn.modules import Module, Linear; assert Linear is mg.nn.Linear
from minigrad.nn.modules.module import Module; assert Module is mg.nn.Module
from minigrad.nn.modules.batchnorm import _BatchNorm; assert isinstance(mg.nn.BatchNorm2d(1), _BatchNorm)
from minigrad.nn.modules.conv import _ConvNd; assert isinstance(mg.nn.ConvTranspose2d(1, 1, 1), _ConvNd)
from minigrad.nn.modules.loss import *; assert MSELoss is mg.nn.MSELoss and "Linear" not in globals()
from minigrad.nn.parameter import Parameter; assert Parameter is mg.nn.Parameter
from minigrad.nn.utils.clip_grad import clip_grad_norm_; assert clip_grad_norm_ is mg.nn.utils.clip_grad_norm_
from minigrad.utils.data.dataloader import DataLoader, default_collate; assert DataLoader is mg.utils.data.DataLoader
from minigrad.utils.data.dataset import Dataset, random_split; assert Dataset is mg.utils.data.Dataset
from minigrad.utils.data.sampler import SubsetRandomSampler, BatchSampler
from minigrad.utils.data._utils.collate import default_collate
from minigrad.optim.optimizer import Optimizer; from minigrad.optim.adam import Adam; from minigrad.optim.adamw import AdamW
from minigrad.autograd.grad_mode import no_grad; assert no_grad is mg.no_grad
from minigrad.autograd.gradcheck import gradcheck; assert mg.autograd.gradcheck is gradcheck
from minigrad.functional import norm, split; assert norm is mg.norm
from minigrad.types import Number, Device, _size; assert isinstance(3, Number) and not isinstance("3", Number)
from minigrad.nn.common_types import _size_2_t; assert str(_size_2_t) == "int | tuple[int, int]"
from minigrad.nn.modules.utils import _pair, _triple; assert _pair(3) == (3, 3) and _triple([1, 2, 3]) == (1, 2, 3)
from minigrad.utils.dlpack import from_dlpack, to_dlpack; assert to_dlpack(mg.ones(1))
from minigrad.storage import UntypedStorage; assert isinstance(mg.ones(1).untyped_storage(), UntypedStorage)
from minigrad.utils.checkpoint import checkpoint; from minigrad.func import vmap; from minigrad.cuda.amp import autocast, GradScaler
import minigrad.backends.cudnn as cudnn; assert cudnn is mg.backends.cudnn
assert torch.nn.modules.activation.ReLU is torch.nn.ReLU and torch.nn.parameter.Parameter is torch.nn.Parameter
assert "Conv2d" in dir(torch.nn.modules.conv) and "Linear" not in dir(torch.nn.modules.conv)
"""


@pytest.mark.parametrize("line", IMPORTS.strip().splitlines())
def test_programs_find_their_names(line):
    run(line)


@pytest.mark.parametrize("path", [row.split()[0] for row in ROWS.strip().splitlines()])
def test_a_path_is_a_module_and_an_attribute(path):
    module, there = importlib.import_module(f"minigrad.{path}"), mg
    for part in path.split("."):
        there = getattr(there, part)
    assert module is there
    assert all(hasattr(module, name) for name in dir(module))


def test_a_path_shows_what_its_home_has_now(monkeypatch):
    class MyLoss: ...
    monkeypatch.setattr(mg.nn, "MyLoss", MyLoss, raising=False)
    assert mg.nn.modules.loss.MyLoss is MyLoss and "MyLoss" in dir(mg.nn.modules.loss)


# What is missing

@pytest.mark.parametrize("name, nearest, plan", [
    ("jit.script", "runs as it is", "not planned"), ("onnx.export", "state_dict", "not planned"),
    ("distributed.init_process_group", "one process", "planned"), ("hub.load", "load(file)", "not planned"),
    ("utils.tensorboard.SummaryWriter", "minigrad.viz", "not planned"), ("complex64", "two tensors", "not planned"),
    ("profiler.profile", "timeit", "not planned"), ("fft.rfft", "numpy's", "not planned"),
    ("conv2d", "nn.functional.conv2d", "not planned"), ("relu_", "x.relu_", "not planned")])
def test_one_form_of_message(name, nearest, plan):
    message = why(name)
    assert message.startswith(f"torch.{name} is not in minigrad; the nearest is ") and message.endswith(f" ({plan})")
    assert nearest in message


def test_a_missing_name_is_told_as_an_attribute_and_as_an_import():
    for error in (AttributeError, NotImplementedError):
        with pytest.raises(error, match=r"^torch.jit is not in minigrad; .*\(not planned\)$"):
            mg.jit
    assert not hasattr(mg, "jit") and getattr(mg.utils, "tensorboard", None) is None
    for line in ("import minigrad.jit", "from minigrad import jit", "from minigrad.jit import script",
                 "from minigrad.utils.tensorboard import SummaryWriter", "import minigrad.utils.tensorboard as board",
                 "from minigrad.utils.data.distributed import DistributedSampler",
                 "from minigrad.utils.data import DistributedSampler"):
        with pytest.raises(ModuleNotFoundError, match="^torch.* is not in minigrad; the nearest is"):
            run(line)


def test_an_unknown_name_is_an_ordinary_error():
    with pytest.raises(AttributeError, match="^module 'minigrad' has no attribute 'nosuch'$"):
        mg.nosuch
    with pytest.raises(AttributeError, match="^module 'minigrad.nn.modules.conv' has no attribute 'Linear'$"):
        mg.nn.modules.conv.Linear
    for line, message in (("from minigrad import nosuch", "cannot import name 'nosuch'"), ("import minigrad.nosuch", "No module named")):
        with pytest.raises(ImportError, match=message):
            run(line)


def test_what_is_there_is_never_said_to_be_missing():
    for name in ("relu", "nn.Linear", "optim.Adam", "utils.data.DataLoader"):
        assert "not in minigrad" not in repr(eval(f"mg.{name}"))
    done = subprocess.run([sys.executable, "-c", "import minigrad.nn.functional, minigrad.linalg, minigrad.special"],
                          capture_output=True, text=True)
    assert not done.stderr
    with pytest.raises(ModuleNotFoundError, match="^No module named 'minigrad.mean'$"):      # a function is no module
        run("import minigrad.mean")


ALIAS = """
import sys, minigrad
sys.modules["torch"] = minigrad
try:
    import torch.jit
except ModuleNotFoundError as error:
    print(error)
"""


def test_an_import_of_torch_that_is_minigrad_says_so_too():
    done = subprocess.run([sys.executable, "-c", ALIAS], capture_output=True, text=True)
    assert done.stdout.startswith("torch.jit is not in minigrad"), done.stderr


def test_a_tensor_says_what_it_has_not():
    x = mg.ones(2)
    with pytest.raises(NotImplementedError, match=r"^torch.Tensor.resize_ is not in minigrad; the nearest is .*\(not planned\)$"):
        x.resize_(3)
    with pytest.raises(AttributeError, match="^'Tensor' object has no attribute 'nosuch'$"):
        x.nosuch
    assert not hasattr(x, "resize_") and getattr(x, "nosuch", None) is None
