"""The import paths beside PyTorch's: the same names at the same places."""
import importlib
import inspect

import pytest

import minigrad as mg
from minigrad.catalog.missing import why
from minigrad.catalog.paths import HOMES, ROWS, Path

torch = pytest.importorskip("torch")
PATHS = [(path, HOMES[home]) for path, home, *_ in map(str.split, ROWS.strip().splitlines()) if path != "nn.modules"]


@pytest.mark.parametrize("path, home", PATHS, ids=[path for path, _ in PATHS])
def test_a_path_has_those_of_pytorchs_names_that_its_home_has(path, home):
    theirs, ours = importlib.import_module(f"torch.{path}"), importlib.import_module(f"minigrad.{path}")
    if not isinstance(ours, Path):
        pytest.skip("a module of its own")
    names = {name for name in dir(ours) if not name.startswith("_")}
    assert names <= set(dir(theirs)), "PyTorch has no such name there"
    own = {name for name, thing in vars(theirs).items() if not name.startswith("_") and callable(getattr(home, name, None))
           and getattr(thing, "__module__", None) == theirs.__name__}
    assert own <= names, "PyTorch has it there"


EVERYDAY = """jit onnx hub distributed fft sparse profiler overrides quantization fx export package complex64 bfloat16
stft istft real imag angle view_as_complex multiprocessing nested masked library channels_last"""


@pytest.mark.parametrize("name", EVERYDAY.split())
def test_what_pytorch_has_and_programs_ask_for_is_there_or_refused_by_name(name):
    assert hasattr(torch, name)
    assert hasattr(mg, name) or why(name)


@pytest.mark.parametrize("home", ["nn", "optim"])
def test_every_class_of_pytorchs_is_there_or_refused_by_name(home):
    theirs = [name for name, thing in vars(getattr(torch, home)).items() if inspect.isclass(thing)]
    silent = [name for name in theirs if not hasattr(getattr(mg, home), name) and not why(f"{home}.{name}")]
    assert len(theirs) > 10 and not silent, silent
