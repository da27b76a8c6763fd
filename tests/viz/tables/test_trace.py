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


def test_full_adds_the_order_and_the_norms():
    a, b = (mg.tensor(x, requires_grad=True) for x in (4.0, 3.0))
    d = a * (a + b)
    assert str(trace(d, names={"a": a, "b": b}, full=True)) == """\
backward walks 4 edges
step  operation  child  node   |arrived|  |sent on|
1     mul        a ()   #4 ()  1          7
2     mul        #3 ()  #4 ()  1          4
3     add        a ()   #3 ()  4          4
4     add        b ()   #3 ()  4          4"""
    assert trace(a * a, full=True).lines == [("mul", "#1 ()", "#2 ()", 1.0, 4.0)] * 2


def test_the_table_of_a_notebook_has_the_norms_and_no_tricks():
    a = mg.tensor([3.0, 4.0], requires_grad=True)
    a.name = "<script>alert(1)</script>"
    html = trace(((a * 0).log() * a).sum())._repr_html_()
    assert "<script" not in html and "&lt;script&gt;" in html and "bold" in html and ">inf<" in html
    assert trace((a * 2).sum())._repr_html_().count("<tr>") == 3


def test_a_graph_whose_arrays_are_gone_has_no_norms_but_a_walk():
    for size, norms in ((1, [(1.0, 1.0), (1.0, 3.0), (1.0, 3.0)]), (20_000, [(None, None)] * 3)):
        a = mg.full((size,), 3.0, requires_grad=True)
        loss = (a * a).exp().sum() if size > 1 else (a * a).sum()
        loss.backward()
        assert [line[3:] for line in trace(loss, full=True).lines][:3] == norms
    with mg.no_grad():
        a -= 1
    assert trace(loss, full=True).lines[0][3:] == (None, None)


def test_full_works_for_a_reader_s_own_class():
    class Number:
        def __init__(self, value, local_gradients=()):
            self.value, self.local_gradients = value, local_gradients
    a, b = Number(2.0), Number(5.0)
    product = Number(10.0, (("mul", a, 5.0), ("mul", b, lambda g: g * 2.0)))
    assert [line[3:] for line in trace(product, full=True).lines] == [(1.0, 5.0), (1.0, 2.0)]
