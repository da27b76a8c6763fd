"""The line that made a node: found outside of the library, remembered for so many nodes, put into words."""
import sys

import minigrad as mg
from minigrad import lines


def here(**settings):
    frame = sys._getframe(1)
    return lines.place(frame.f_code.co_filename, frame.f_lineno, **settings)


def test_a_place_in_a_file_in_full_and_in_short():
    assert here() == f"tests/test_lines.py, line {sys._getframe().f_lineno}"
    assert here(short=True) == f"test_lines.py, line {sys._getframe().f_lineno}"
    assert lines.place("/elsewhere/train.py", 3) == "/elsewhere/train.py, line 3"


def test_a_place_in_a_notebooks_cell(monkeypatch):
    class Compile:
        def format_code_name(self, name):
            return ("Cell", "In[5]") if name == "/tmp/cell.py" else None

    class Shell:
        compile = Compile()
    monkeypatch.setitem(sys.modules, "IPython", type("IPython", (), {"get_ipython": staticmethod(Shell)}))
    monkeypatch.setattr(lines.linecache, "getlines", lambda file: ["\n", "x = mg.ones(2)\n", "x * 2\n"])
    assert lines.place("/tmp/cell.py", 3) == "line 3 of the cell that begins `x = mg.ones(2)`"
    assert lines.place("/tmp/cell.py", 3, short=True) == "cell 5, line 3"
    assert lines.place("/else.py", 1) == "/else.py, line 1"


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(lines, "_lines", {})
    monkeypatch.setattr(lines, "KEPT", 3)
    made = [lines.remember(born) for born in range(5)]
    assert made[0][0] == __file__ and [lines.line_of(born) for born in range(5)] == [None, None, *made[2:]]
    assert lines.text(*made[0]).startswith("made = ")


def test_the_librarys_own_frames_are_passed_over():
    y = mg.ones(2, requires_grad=True)
    with mg.viz.record() as recording:
        z = y.softmax(0)
        hidden = z.detach()
        data = hidden.data
    at = [recording.notes[t.node.born].at for t in (z, hidden, data)]
    first = test_the_librarys_own_frames_are_passed_over.__code__.co_firstlineno
    assert at == [(__file__, first + n) for n in (3, 4, 5)]
    assert recording.notes[hidden.node.born].cut == ("detach", (z,)) and recording.notes[data.node.born].cut is None
