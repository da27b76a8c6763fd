from first_classes import Named, Strengths

import minigrad as mg
from minigrad.viz import trace


def test_backwards_order_operation_child_node():
    w = mg.ones(2, 3, requires_grad=True)
    x = mg.ones(3)
    b = mg.ones(2, requires_grad=True)
    loss = (w @ x + b).sum()
    assert str(trace(loss, names=dict(w=w, x=x, b=b, loss=loss))) == """\
backward walks 4 edges
operation  child     node
sum        #5 (2,)   loss ()
add        #4 (2,)   #5 (2,)
add        b (2,)    #5 (2,)
matmul     w (2, 3)  #4 (2,)"""


def test_it_is_the_order_in_which_rules_are_called(monkeypatch):
    called = []
    for name in ("mul", "add", "exp"):
        op = getattr(mg.ops, name)
        rules = tuple(lambda *args, rule=rule, name=name, **settings: called.append(name) or rule(*args, **settings)
                      for rule in op.rules)
        monkeypatch.setattr(op, "rules", rules)
    a = mg.tensor(2.0, requires_grad=True)
    c = mg.exp(a) * a
    loss = c + a * c
    walk = trace(loss)
    loss.backward()
    assert [operation for operation, _, _ in walk.lines] == called


def test_both_edges_and_the_first_class():
    a = Strengths(5)
    assert [line[1:] for line in trace(a + a, names={"a": a}).lines] == [("a ()", "#2 ()")] * 2
    assert [line[0] for line in trace(Named(1) * Named(2)).lines] == ["mul", "mul"]


def test_a_leaf_has_no_walk():
    assert str(trace(mg.ones(2, requires_grad=True))) == "backward walks 0 edges"
    assert trace(mg.ones(2) * mg.ones(2)).lines == []
