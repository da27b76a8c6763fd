"""The files around the code: they must not contradict each other."""

import ast
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from minigrad.course import chapters

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "minigrad"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


# What is installed

CONDA_NAMES = {"graphviz": "python-graphviz", "graphviz-pure": "graphviz"}


def test_environment_yml_asks_for_what_pyproject_asks_for():
    extras = PROJECT["optional-dependencies"]
    assert extras["dev"][0] == "minigrad[course]"
    wanted = [*PROJECT["dependencies"], *extras["course"], *extras["dev"][1:]]
    conda = [f"python{PROJECT['requires-python']}", "pip", *(CONDA_NAMES.get(name, name) for name in wanted)]
    lines = ["name: minigrad", "channels:", "  - conda-forge", "dependencies:"]
    lines += [f"  - {name}" for name in conda] + ["  - pip:", "      - -e ."]
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if not line.startswith("#")] == lines


def test_the_package_says_the_version_of_pyproject():
    import minigrad

    assert minigrad.__version__ == PROJECT["version"]


# Data

def data_files():
    """(path, bytes, SHA-256) of every row of the table in data/README.md."""
    text = (ROOT / "data/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|.*\| ([\d,]+) \| `([0-9a-f]{64})` \|$", text, re.MULTILINE)
    return [(name, int(size.replace(",", "")), digest) for name, size, digest in rows]


@pytest.mark.parametrize("name, size, digest", data_files())
def test_data_are_what_their_readme_says(name, size, digest):
    content = (ROOT / "data" / name).read_bytes()
    assert len(content) == size
    assert hashlib.sha256(content).hexdigest() == digest, f"restore it: git checkout -- data/{name}"


def test_the_data_readme_names_every_file():
    there = {p.relative_to(ROOT / "data").as_posix() for p in (ROOT / "data").rglob("*") if p.is_file()}
    assert there - {"README.md"} == {name for name, _, _ in data_files()}


# The README

@pytest.fixture
def readme():
    if not (ROOT / "README.md").exists():
        pytest.skip("no README yet")
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["make lab", "make test"])
def test_readme_names_the_two_commands(readme, command):
    assert command in readme


@pytest.mark.parametrize("chapter", chapters(), ids=lambda one: f"{one.number:02}")
def test_readme_lists_every_chapter(readme, chapter):
    rows = [line for line in readme.splitlines() if re.match(rf"\|.*\b{chapter.number:02}\b", line)]
    assert any(chapter.title in row for row in rows)
    if chapter.status == "written":
        assert any(f"notebooks/{chapter.file}" in row for row in rows)


def test_every_make_target_that_the_readme_names_exists(readme):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)", readme):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_readme_quotes_the_totals_of_the_conformance_page(readme):
    page = (ROOT / "docs/conformance.md").read_text(encoding="utf-8")
    operators, samples, equal = re.search(r"^(\d+) of PyTorch.*? Of ([\d,]+) samples, ([\d,]+) give", page, re.MULTILINE).groups()
    assert f"{operators} of PyTorch's operators, {equal} of its {samples} samples" in readme


# How the modules lean on each other

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imports(name: str) -> set[str]:
    """The modules of the package that this one imports, anywhere in it but under `if TYPE_CHECKING:`."""
    path, found = MODULES[name], set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            submodules = {f"{source}.{alias.name}" for alias in node.names}
            found |= submodules & MODULES.keys() or {source}
    return {module for module in found if module in MODULES} - {name}


def test_imports_run_downward_without_circles():
    below = {name: imports(name) for name in MODULES}
    order = list(TopologicalSorter(below).static_order())        # raises CycleError, which names the circle
    rooms = [f"minigrad.{name}" for name in ("graph", "ops", "functions", "tensor")]
    assert sorted(rooms, key=order.index) == rooms


def test_graph_stands_on_numpy_and_small_modules_that_know_no_graph():
    small = {"minigrad.dtypes", "minigrad.changes", "minigrad.grad_mode", "minigrad.memory"}
    assert imports("minigrad.graph") == {*small, "minigrad.sums", "minigrad.watch"} and not any(imports(name) for name in small)
    assert imports("minigrad.kernels") == {"minigrad.dtypes", "minigrad.memory"} and not imports("minigrad.memory")


def test_the_library_never_imports_the_course():
    library = [name for name in MODULES if not name.startswith("minigrad.course")]
    found = [(name, used) for name in library for used in imports(name) if used.startswith("minigrad.course")]
    assert set(found) <= {("minigrad.viz.map.growth", "minigrad.course.outline")}    # the map is drawn chapter by chapter


def test_the_folders_of_viz_stand_on_each_other():
    """Each uses only those before it; of the engine's nodes only viz/graph/engine.py asks."""
    folders = ["common", "graph", "model", "draw", "film", "tables", "map"]
    inside = {name: name.split(".")[2] for name in MODULES if name.startswith("minigrad.viz.")}
    for name, folder in inside.items():
        used = {inside[other] for other in imports(name) if other in inside}
        assert all(folders.index(other) <= folders.index(folder) for other in used), name
    heart = {f"minigrad.{name}" for name in ("graph", "changes", "inplace", "ops", "tensor", "hooks")}
    assert {name for name in inside if imports(name) & heart} == {"minigrad.viz.graph.engine"}


def test_import_minigrad_brings_numpy_and_nothing_else():
    program = (
        "import sys; before = set(sys.modules); import minigrad; "
        "new = [name for name in set(sys.modules) - before if getattr(sys.modules[name], '__file__', None)]; "
        "print(*sorted({name.partition('.')[0] for name in new} - set(sys.stdlib_module_names)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["minigrad", "numpy"]


def test_the_readmes_program_draws_the_readmes_picture(readme):
    """The numbers of the picture in docs/ are those that the program above it computes."""
    pytest.importorskip("graphviz")
    program, = (block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "draw(" in block)
    names = {}
    exec(program.replace("draw(", "drawn = draw("), names)
    svg = re.sub(r"<[^>]+>", " ", (ROOT / "docs/perceptron.svg").read_text(encoding="utf-8"))
    for number in re.findall(r"\d+\.\d+", str(names["drawn"])):
        assert number in svg, f"{number} is not in the picture: save it again with drawn.save('docs/perceptron.svg')"


def test_the_sdist_leaves_the_tests_out(tmp_path):
    """They need the notebooks and the data; setuptools by itself would take a part of them."""
    pytest.importorskip("setuptools", minversion="77")
    for name in ("minigrad", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    command = [sys.executable, "-c", "from setuptools.build_meta import build_sdist; build_sdist('dist')"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    with tarfile.open(next((tmp_path / "dist").glob("*.tar.gz"))) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert not [name for name in names if name.startswith("tests")]
    assert {path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py")} <= set(names) and "LICENSE" in names
