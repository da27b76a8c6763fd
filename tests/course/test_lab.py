import subprocess
import sys

import pytest

from minigrad.course import lab
from minigrad.course.outline import notebooks


def test_it_opens_the_notebooks_folder_and_the_reader_s_flags_come_last():
    arguments = lab.flags(["--port", "9999"])
    assert arguments[0] == f"--ServerApp.root_dir={notebooks()}"
    assert arguments[-2:] == ["--port", "9999"]


@pytest.mark.parametrize("user, allowed", [(0, True), (1000, False)])
def test_root_is_allowed_only_where_the_user_is_root(monkeypatch, user, allowed):
    monkeypatch.setattr(lab.os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in lab.flags([])) is allowed


def test_a_missing_renderer_is_said_and_does_no_harm(monkeypatch):
    assert lab.renderer().startswith("Graphs are drawn by ")
    monkeypatch.setenv("MINIGRAD_DOT", "no-such-program")
    assert lab.renderer().startswith("Graphs will be shown as text") and "no-such-program" in lab.renderer()


def test_jupyterlab_understands_the_flags():
    command = [sys.executable, "-m", "minigrad.course.lab", "--show-config"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"root_dir = {str(notebooks())!r}" in shown.stdout


def test_without_jupyterlab_it_says_what_to_install():
    program = "import sys; sys.modules['jupyterlab'] = None; from minigrad.course.lab import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert 'The course needs jupyterlab, which is not installed here: run python -m pip install -e ".[course]"' in done.stderr
