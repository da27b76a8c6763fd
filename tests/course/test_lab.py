import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minigrad.course import lab
from minigrad.course.outline import work


def test_it_opens_the_reader_s_copies_and_the_reader_s_flags_come_last():
    arguments = lab.flags(["--port", "9999"])
    assert arguments[:2] == [f"--ServerApp.root_dir={work()}", "--LabApp.default_url=/lab/tree/00_start_here.ipynb"]
    assert arguments[-2:] == ["--port", "9999"]


@pytest.mark.parametrize("user, allowed", [(0, True), (1000, False)])
def test_root_is_allowed_only_where_the_user_is_root(monkeypatch, user, allowed):
    monkeypatch.setattr(lab.os, "geteuid", lambda: user, raising=False)
    assert ("--allow-root" in lab.flags([])) is allowed


def test_a_missing_renderer_is_said_and_does_no_harm(monkeypatch):
    assert lab.renderer().startswith("Graphs are drawn by ")
    monkeypatch.setenv("MINIGRAD_DOT", "no-such-program")
    assert lab.renderer().startswith("Graphs will be shown as text") and "no-such-program" in lab.renderer()


def test_jupyterlab_understands_the_flags(tmp_path):
    program = ("import sys; from minigrad.course import outline, work; from pathlib import Path; "
               f"outline.work = work.folder = lambda: Path({str(tmp_path)!r}); "
               "from minigrad.course import lab; sys.argv[1:] = ['--show-config']; lab.main()")
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert f"root_dir = {str(tmp_path)!r}" in shown.stdout
    assert "Your own copies of the chapters are in" in shown.stdout and (tmp_path / "00_start_here.ipynb").exists()


def test_the_question_about_news_is_switched_off_in_the_page():
    program = ("import json; from jupyterlab_server.config import get_page_config; "
               "print(json.dumps(get_page_config([])['disabledExtensions']))")
    page = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment).stdout
            for environment in (dict(os.environ), lab.environment())]
    announcements = "@jupyterlab/apputils-extension:announcements"
    assert announcements not in json.loads(page[0]) and announcements in json.loads(page[1])


def test_the_plugin_that_asks_about_news_still_has_that_name():
    from jupyterlab.commands import get_app_dir

    scripts = (Path(get_app_dir()) / "static").glob("jlab_core*.js")
    assert any("@jupyterlab/apputils-extension:announcements" in path.read_text(encoding="utf-8") for path in scripts)


def test_the_reader_s_own_settings_stay(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/mine")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    found = lab.environment()
    assert found["JUPYTER_CONFIG_PATH"] == os.pathsep.join(["/mine", str(lab.SETTINGS)])
    assert found["OPENBLAS_NUM_THREADS"] == "4" and found["MINIGRAD_PREFIX"] == sys.prefix


def test_without_jupyterlab_it_says_what_to_install():
    program = "import sys; sys.modules['jupyterlab'] = None; from minigrad.course.lab import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert 'The course needs jupyterlab, which is not installed here: run python -m pip install -e ".[course]"' in done.stderr
