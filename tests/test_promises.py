"""The two programs that the course was made for, and what importing costs."""
import subprocess
import sys

import numpy as np
import pytest

import minigrad

LISTING = """
# A simple data set
X = torch.randn(100, 3)
y = torch.randint(0, 2, (100,))

class SimpleNN(nn.Module):
    def __init__(self):
        super(SimpleNN, self).__init__()
        self.fc1 = nn.Linear(3, 5)
        self.fc2 = nn.Linear(5, 2)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = self.fc2(x)
        x = self.softmax(x)
        return x

model = SimpleNN()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)

losses = []
num_epochs = 100
for epoch in range(num_epochs):
    outputs = model(X)
    loss = criterion(outputs, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
"""


def test_the_articles_last_listing_runs_with_only_its_imports_changed():
    minigrad.manual_seed(0)
    names = {}
    exec("import minigrad as torch\nimport minigrad.nn as nn\nimport minigrad.optim as optim\n" + LISTING, names)
    assert names["losses"][-1] < names["losses"][0] and len(names["losses"]) == 100


def test_the_perceptron_notebook_runs_with_only_its_import_changed(capsys):
    """Text 003, cell by cell: its values are given instead of drawn, so that its printed results can be held."""
    torch = minigrad
    x, y_true = torch.tensor([0.7049, 0.3144, 0.1697]), torch.tensor([1.])
    w = torch.tensor([[-2.4852], [-0.1744], [1.1104]], requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    assert f"w:\n{w}\n\nb:\n{b}" == ("w:\ntensor([[-2.4852],\n        [-0.1744],\n        [ 1.1104]], requires_grad=True)\n\n"
                                    "b:\ntensor([0.], requires_grad=True)")
    assert repr(torch.sigmoid(torch.tensor([1, 0, -1]))) == "tensor([0.7311, 0.5000, 0.2689])"
    assert repr(torch.sigmoid(x.T @ w + b)) == "tensor([0.1655], grad_fn=<SigmoidBackward0>)"
    y_pred = torch.sigmoid(x @ w + b)
    loss = ((y_true - y_pred) ** 2).sum()
    assert repr(loss) == "tensor(0.6965, grad_fn=<SumBackward0>)"
    assert w.grad is None and b.grad is None
    loss.backward()
    assert repr(w.grad) == "tensor([[-0.1625],\n        [-0.0725],\n        [-0.0391]])" and repr(b.grad) == "tensor([-0.2305])"
    with torch.no_grad():
        w -= w.grad
        b -= b.grad
    assert repr(w) == "tensor([[-2.3227],\n        [-0.1019],\n        [ 1.1495]], requires_grad=True)"
    assert repr(b) == "tensor([0.2305], requires_grad=True)"
    w.grad.zero_()
    b.grad.zero_()
    assert repr(w.grad) == "tensor([[0.],\n        [0.],\n        [0.]])" and repr(b.grad) == "tensor([0.])"
    assert torch.__version__ and torch.rand(3).shape == (3,) and torch.randn(3, 1, requires_grad=True).requires_grad


def test_importing_brings_nothing_but_numpy():
    code = ("import sys, numpy; before = set(sys.modules); import minigrad; "
            "print(*{m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert out == ["minigrad"]


@pytest.mark.parametrize("name", ["nn", "optim", "utils", "autograd"])
def test_submodules_are_there_without_importing_them(name):
    assert getattr(minigrad, name).__name__ == f"minigrad.{name}" and np is not None
