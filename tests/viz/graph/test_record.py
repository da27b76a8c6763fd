"""record: what it notes, and that nothing of it stays behind."""
import minigrad as mg
from minigrad import nn, watch
from minigrad.viz import record
from minigrad.viz.graph.record import note


def names(recording, t):
    return [type(module).__name__ for module in recording.notes[t.born].modules]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 2), nn.ReLU())

    def forward(self, x):
        self.inside = self.body(x)
        return self.inside * 2


def test_the_modules_at_work_outermost_first():
    net = Net()
    net.body[0].register_forward_hook(lambda module, args, out: None)
    with record() as recording:
        y = net(mg.ones(1, 2))
        outside = y + 1
    assert names(recording, net.inside) == ["Net", "Sequential", "ReLU"]
    assert names(recording, y) == ["Net"] and names(recording, outside) == []


def test_a_module_that_raises_is_no_longer_at_work():
    with record() as recording:
        try:
            nn.Linear(2, 2)(mg.ones(1, 5))
        except RuntimeError:
            pass
        assert names(recording, mg.ones(2)) == []


def test_a_recording_that_begins_inside_of_a_module():
    class Late(nn.Module):
        def forward(self, x):
            self.recording = record()
            with self.recording:
                return nn.ReLU()(x) + 1
    late = Late()
    y = late(mg.ones(2))
    assert names(late.recording, y) == [] and not watch.observers


def test_what_no_grad_cut_off_is_passed_on():
    w = mg.ones(2, requires_grad=True)
    with record(), mg.no_grad():
        a = w * 2
        b = a + 1
        c = mg.ones(2) * 3
    assert note(a).cut == note(b).cut == ("no_grad: mul", (w,)) and note(c).cut is None


def test_off_nobody_listens():
    with record(), record():
        assert len(watch.observers) == 2
    assert watch.observers == []
    y = mg.ones(2) * 2
    assert note(y) is None
