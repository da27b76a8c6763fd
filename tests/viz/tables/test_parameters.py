"""parameters: a network's layers, with the shapes and the number of what they learn."""
import minigrad as mg
from minigrad import nn
from minigrad.viz import parameters


def test_layers_with_shapes_counts_and_what_is_frozen():
    net = nn.Sequential(nn.Sequential(nn.Linear(3, 3), nn.ReLU()), nn.Linear(3, 2, bias=False))
    for p in net[0].parameters():
        p.requires_grad_(False)
    counted = parameters(net)
    assert (counted.total, counted.frozen) == (18, 12) and repr(counted) == """\
Sequential(
  (0): Sequential(
    (0): Linear(in_features=3, out_features=3, bias=True)    # weight (3, 3), bias (3,): 12
    (1): ReLU()
  )
  (1): Linear(in_features=3, out_features=2, bias=False)    # weight (2, 3): 6
)    # 18 parameters, 12 of them frozen"""


def test_one_layer_and_none():
    assert repr(parameters(nn.Linear(784, 256))) == ("Linear(in_features=784, out_features=256, bias=True)"
                                                     "    # weight (256, 784), bias (256,): 200,960")
    assert repr(parameters(nn.Sequential(nn.ReLU()))) == "Sequential(\n  (0): ReLU()\n)"


def test_what_is_shared_counts_once():
    one = nn.Linear(2, 2)
    net = nn.Sequential(one, one)
    assert parameters(net).total == sum(p.numel() for p in net.parameters()) == 6 and repr(parameters(net)).count("Linear") == 2


def test_a_modules_own_parameter():
    module = nn.Module()
    module.scale = nn.Parameter(mg.ones(3))
    assert repr(parameters(module)) == "Module()    # scale (3,): 3"
