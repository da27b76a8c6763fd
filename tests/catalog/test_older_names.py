"""no_grad on generators, Variable, the switch of detect_anomaly, and all arguments of autograd.grad."""
import inspect

import pytest

import minigrad as mg
from minigrad.anomaly import AnomalyError
from minigrad.autograd import Variable, set_detect_anomaly
from minigrad.catalog.autograd import decorators


def leafy():
    return mg.tensor([1.0, 2.0], requires_grad=True)


# Generators

@pytest.mark.parametrize("way", [mg.no_grad, lambda f: mg.no_grad()(f), lambda f: mg.set_grad_enabled(False)(f)])
def test_a_generator_works_under_its_mode_and_rests_outside_it(way):
    seen = []

    @way
    def echo(start):
        got = start
        try:
            while True:
                try:
                    got = yield got, mg.is_grad_enabled()
                except ValueError:
                    got = "caught"
                if got == "end":
                    return "result", mg.is_grad_enabled()
        finally:
            seen.append(mg.is_grad_enabled())
    steps = echo("first")
    assert inspect.isgeneratorfunction(echo) and echo.__name__ == "echo"
    assert next(steps) == ("first", False) and mg.is_grad_enabled()
    assert steps.send("second") == ("second", False) and steps.throw(ValueError) == ("caught", False) and mg.is_grad_enabled()
    with pytest.raises(StopIteration) as end:
        steps.send("end")
    assert end.value.value == ("result", False) and seen == [False]
    other = echo("first")
    next(other)
    other.close()
    assert seen == [False, False] and mg.is_grad_enabled()


def test_where_steps_are_not_ours():
    async def task(): ...

    async def tasks():
        yield
    for function in (task, tasks):
        with pytest.raises(TypeError, match="asynchronous"):
            mg.no_grad()(function)
    with pytest.raises(TypeError, match="generator"):                # the core alone
        decorators._plain(mg.no_grad(), lambda: (yield))


# Older names

def test_a_variable_is_a_tensor():
    x = mg.ones(2)
    v = Variable(x, requires_grad=True)
    assert type(v) is mg.Tensor and v.requires_grad and v.data_ptr() == x.data_ptr() and not x.requires_grad
    assert isinstance(x, Variable) and not isinstance(3, Variable) and Variable(leafy() * 2).is_leaf
    with pytest.warns(UserWarning, match="volatile was removed"):
        Variable(x, volatile=True)
    with pytest.raises(TypeError, match="expected a tensor, got list"):
        Variable([1.0])


def test_anomalies_are_looked_for_while_it_is_switched_on():
    assert not mg.autograd.is_anomaly_enabled()
    with set_detect_anomaly(True):
        assert mg.autograd.is_anomaly_enabled()
        with set_detect_anomaly(False):
            assert not mg.autograd.is_anomaly_enabled()
        with pytest.raises(AnomalyError):
            (leafy() * 0).log()
    assert not mg.autograd.is_anomaly_enabled()
    set_detect_anomaly(True)
    assert mg.autograd.is_anomaly_enabled()
    set_detect_anomaly(False)
    assert not mg.autograd.is_anomaly_enabled()


# autograd.grad

def test_what_nothing_depends_on():
    x, y = leafy(), mg.ones(3, requires_grad=True)
    assert mg.autograd.grad(x.sum(), [x, y], allow_unused=True)[1] is None
    zeros = mg.autograd.grad(x.sum(), [x, y], materialize_grads=True)[1]
    assert zeros.tolist() == [0, 0, 0] and not zeros.requires_grad
    assert mg.autograd.grad(x.sum(), y, None, None, True, True, True, False, True)[0].requires_grad


@pytest.mark.parametrize("settings, error, message", [
    (dict(is_grads_batched=True), NotImplementedError, "for each"), (dict(materialize_grads=True, allow_unused=False), ValueError, "allow_unused=True")])
def test_grad_refuses(settings, error, message):
    x = leafy()
    with pytest.raises(error, match=message):
        mg.autograd.grad(x.sum(), x, **settings)


# Inference

def test_inference_mode_is_known_and_switched_off_inside():
    told = mg.is_inference_mode_enabled, mg.is_grad_enabled
    with mg.inference_mode():
        assert [f() for f in told] == [True, False]
        with mg.enable_grad():
            assert [f() for f in told] == [True, True]
        with mg.inference_mode(False):
            assert [f() for f in told] == [False, True]
        assert [f() for f in told] == [True, False]
    with mg.no_grad(), mg.inference_mode(False):
        assert [f() for f in told] == [False, True]
    assert mg.inference_mode(told[0])() and mg.inference_mode()(told[0])() and [f() for f in told] == [False, True]
