import numpy as np
import pytest
from first_classes import Functions, Named, Strengths

import minigrad as mg
from minigrad.viz.graph.walk import walk


def test_parents_come_first_and_every_edge_is_kept():
    a, b = Strengths(4), Strengths(3)
    graph = walk(a * (a + b))
    assert [value.thing.value for value in graph.values] == [4, 3, 7, 28]
    assert [value.number for value in graph.values] == [1, 2, 3, 4]
    assert [(edge.parent.number, edge.strength) for edge in graph.root.inputs] == [(1, 7), (3, 4)]
    for value in graph.values:
        assert all(parent.number < value.number for parent in value.parents())


def test_both_edges_of_a_plus_a_and_one_node():
    for a in (Strengths(5), mg.tensor(5.0, requires_grad=True)):
        graph = walk(a + a)
        assert len(graph.values) == 2
        assert [parent.number for parent in graph.root.parents()] == [1, 1]


def test_a_ladder_of_diamonds_is_walked_once():
    x = Strengths(1.0)
    for _ in range(60):
        x = x + x
    assert len(walk(x).values) == 61


def test_a_chain_needs_no_recursion():
    x = start = Named(1.0)
    for _ in range(20_000):
        x = x + start
    graph = walk(x)
    assert len(graph.values) == 20_001
    assert graph.values[0].thing is start and graph.root.thing is x


def test_tensors_keep_inputs_without_gradient_constants_and_settings():
    x, w = mg.ones(2, 3), mg.ones(2, 3, requires_grad=True)
    graph = walk(mg.reshape(w * x * 2, (3, 2)))
    product, doubled, shaped = graph.operations
    assert [parent.number for parent in product.parents()] == [2, 1]        # x was born first
    assert [value.requires_grad for value in graph.values[:2]] == [False, True]
    assert [edge.constant for edge in doubled.inputs if edge.parent is None] == [2]
    assert (3, 2) in shaped.settings.values()


def test_tensors_are_numbered_in_order_of_birth():
    b = mg.tensor(3.0, requires_grad=True)
    a = mg.tensor(4.0, requires_grad=True)
    assert [value.thing.item() for value in walk(a * b).values] == [3.0, 4.0, 12.0]


def test_a_spent_graph_can_still_be_walked():
    w = mg.ones(100, 100, requires_grad=True)
    loss = (w * 2).exp().sum()
    before = [(value.operation, value.shape) for value in walk(loss).values]
    loss.backward()
    after = walk(loss)
    assert [(value.operation, value.shape) for value in after.values] == before
    assert any(value.thing.freed for value in after.values)          # husks stand in for the large ones


def test_names_given_win_and_strangers_are_ignored():
    class Touchy:
        def __getattr__(self, name):
            raise AssertionError("asked a stranger")
    a, b = Named(1, name="old"), Named(2)
    c = a + b
    graph = walk(c, {"_": c, "_secret": b, "np": np, "odd": Touchy(), "other": Named(9), "new": a, "alias": a, "n": 3})
    assert [value.name for value in graph.values] == ["new", None, None]


def test_a_name_given_before_backward_finds_the_husk():
    w = mg.ones(100, 100, requires_grad=True)
    hidden = w * 2
    loss = hidden.sum()
    loss.backward()
    graph = walk(loss, {"w": w, "hidden": hidden, "loss": loss})
    assert [value.name for value in graph.values] == ["w", "hidden", "loss"]


def test_functions_have_no_strength():
    graph = walk(Functions(np.ones((2, 3))) @ Functions(np.ones((3, 4))))
    assert graph.root.operation == "matmul"
    assert [edge.strength for edge in graph.root.inputs] == [None, None]


def test_a_plain_number_among_the_parents_is_a_constant():
    a = Strengths(2)
    graph = walk(Strengths(6, ((a, 3), (3, 2))))
    assert [edge.constant for edge in graph.root.inputs] == [None, 3]


@pytest.mark.parametrize("stranger", [3, "text", None, Named, np.ones(3)])
def test_only_nodes_can_be_walked(stranger):
    with pytest.raises(TypeError, match="local_gradients"):
        walk(stranger)


def test_a_malformed_local_gradient_is_named():
    with pytest.raises(TypeError, match="tuple of 4"):
        walk(Strengths(1, ((1, 2, 3, 4),)))


def test_a_class_that_is_its_own_ancestor_ends():
    a = Strengths(1)
    a.local_gradients = ((a, 1),)
    assert len(walk(a).values) == 1
