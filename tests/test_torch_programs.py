"""Ordinary PyTorch programs on minigrad and on PyTorch, from the same seed; skipped without torch."""
import runpy
from contextlib import nullcontext

import numpy as np
import pytest

import minigrad as mg
from minigrad.course.beside import EXAMPLES, losses_on_torch, minigrad_as_torch, on_minigrad, on_torch

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def one_thread():
    """The other thread belongs to whoever shares this machine; PyTorch's wait in a loop for it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", ["listing.py", "regression.py", "autoencoder.py"])
def test_losses_and_results_are_equal_to_rounding(name):
    mine, theirs = on_minigrad(name), on_torch(name)
    np.testing.assert_allclose(mine["losses"], theirs["losses"], rtol=2e-5)
    for key, value in theirs["model"].state_dict().items():
        np.testing.assert_allclose(mine["model"].state_dict()[key].numpy(), value.numpy(), rtol=1e-3, atol=2e-4, err_msg=key)
    if "fitted" in mine:
        np.testing.assert_allclose(mine["fitted"], theirs["fitted"], atol=1e-4)
    if "drawn" in mine:
        np.testing.assert_allclose(mine["drawn"].numpy(), theirs["drawn"].numpy(), atol=1e-3)


def test_pytorch_has_its_threads_back_after_a_program():
    torch.set_num_threads(2)
    assert len(on_torch("listing.py")["losses"]) == 100 and torch.get_num_threads() == 2


def test_what_is_stored_is_what_pytorch_computes():
    for name in ("listing.py", "regression.py"):
        assert len(losses_on_torch(name)) == len(on_minigrad(name)["losses"])


def test_the_classifier_agrees_in_twelve_digits_in_float64(tmp_path):
    """In float32 its 60 steps of max-pooling and ReLU blow rounding up to a percent; this shows that it is rounding."""
    text = (EXAMPLES / "classifier.py").read_text(encoding="utf-8")
    for old, new in [("Path(__file__).resolve().parents[1]", f"Path({str(EXAMPLES.parent)!r})"),
                     ("Net().to(device)", "Net().double()"), ("model(images", "model(images.double()")]:
        assert old in text
        text = text.replace(old, new)
    text = text.replace("model(images.double().to(device))", "model(images.double())")
    program = tmp_path / "classifier64.py"
    program.write_text(text, encoding="utf-8")
    with minigrad_as_torch():
        mine = runpy.run_path(str(program))
    theirs = runpy.run_path(str(program))
    np.testing.assert_allclose(mine["losses"], theirs["losses"], rtol=1e-11)
    assert mine["accuracy"] == theirs["accuracy"]


# Shorter programs, in the many ways in which people write PyTorch

SNIPPETS = {
    "by hand": """
        a, b = torch.randn((), requires_grad=True), torch.randn((), requires_grad=True)
        x = torch.linspace(-1, 1, 50)
        y = torch.sin(3 * x)
        for _ in range(60):
            loss = (a * x + b * x ** 3 - y).pow(2).mean()
            loss.backward()
            with torch.no_grad():
                for p in (a, b):
                    p -= 0.3 * p.grad
                    p.grad.zero_()
            losses.append(loss.item())""",
    "lbfgs": """
        x = torch.randn(64, 5); w = torch.randn(5, 1); y = torch.sigmoid(x @ w).round()
        model = nn.Linear(5, 1)
        optimizer = torch.optim.LBFGS(model.parameters(), max_iter=8, line_search_fn="strong_wolfe")
        def closure():
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(x), y) + 0.01 * sum(p.square().sum() for p in model.parameters())
            loss.backward()
            return loss
        for _ in range(6):
            losses.append(optimizer.step(closure).item())""",
    "residual blocks": """
        class Block(nn.Module):
            def __init__(self, channels):
                super().__init__()
                self.body = nn.Sequential(nn.Conv2d(channels, channels, 3, padding="same", groups=2), nn.GroupNorm(2, channels),
                                          nn.SiLU(inplace=True), nn.Conv2d(channels, channels, 3, padding=2, dilation=2))
                self.scale = nn.Parameter(torch.full((1,), 0.5))
            def forward(self, x):
                return F.leaky_relu(x + self.scale * self.body(x), 0.1)
        model = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), Block(8), Block(8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)).double()
        x, y = torch.randn(16, 3, 13, 11, dtype=torch.float64), torch.randint(0, 4, (16,))
        opt = torch.optim.RMSprop(model.parameters(), lr=1e-3, momentum=0.5)
        sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=3e-3, total_steps=25)
        for _ in range(25):
            loss = F.cross_entropy(model(x), y, label_smoothing=0.1)
            opt.zero_grad(); loss.backward(); nn.utils.clip_grad_value_(model.parameters(), 0.5); opt.step(); sched.step()
            losses.append(loss.item())""",
    "attention": """
        class Head(nn.Module):
            def __init__(self, vocabulary, size):
                super().__init__()
                self.embed, self.place = nn.Embedding(vocabulary, size), nn.Embedding(12, size)
                self.qkv, self.norm = nn.Linear(size, 3 * size, bias=False), nn.LayerNorm(size)
                self.mlp = nn.Sequential(nn.Linear(size, 2 * size), nn.GELU(approximate="tanh"), nn.Linear(2 * size, size))
                self.out = nn.Linear(size, vocabulary, bias=False)
                self.out.weight = self.embed.weight
            def forward(self, tokens):
                B, T = tokens.shape
                x = self.embed(tokens) + self.place(torch.arange(T))
                q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
                q, k, v = (t.view(B, T, 2, -1).transpose(1, 2) for t in (q, k, v))
                y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
                x = x + y.transpose(1, 2).contiguous().view(B, T, -1)
                return self.out(x + self.mlp(x))
        tokens = torch.randint(0, 20, (8, 13))
        model = Head(20, 16)
        opt = torch.optim.AdamW([{"params": [p for p in model.parameters() if p.dim() > 1]},
                                 {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0}], lr=3e-3)
        warm = torch.optim.lr_scheduler.LinearLR(opt, start_factor=0.1, total_iters=5)
        fall = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=20)
        sched = torch.optim.lr_scheduler.SequentialLR(opt, [warm, fall], milestones=[5])
        for _ in range(25):
            logits = model(tokens[:, :-1])
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), tokens[:, 1:].reshape(-1))
            opt.zero_grad(set_to_none=True); loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step(); sched.step()
            losses.append(loss.item())""",
    "a generator of images": """
        model = nn.Sequential(nn.Linear(8, 32), nn.Unflatten(1, (8, 2, 2)), nn.ConvTranspose2d(8, 8, 3, 2, 1, output_padding=1),
                              nn.InstanceNorm2d(8, affine=True), nn.PReLU(), nn.Upsample(scale_factor=2),
                              nn.Conv2d(8, 4, 3, padding=1, padding_mode="reflect"), nn.ELU(), nn.PixelShuffle(2), nn.Sigmoid())
        noise, images = torch.randn(10, 8), torch.rand(10, 1, 16, 16)
        opt = torch.optim.Adagrad(model.parameters(), lr=0.02)
        for epoch in range(20):
            model.train()
            opt.zero_grad()
            loss = F.huber_loss(model(noise), images, delta=0.3) + 0.1 * F.l1_loss(model(noise), images)
            loss.backward()
            opt.step()
            losses.append(loss.item())""",
    "triplets": """
        model = nn.ModuleDict({"body": nn.Sequential(nn.Linear(6, 10), nn.BatchNorm1d(10), nn.Hardswish()), "head": nn.Linear(10, 4)})
        triplet = nn.TripletMarginLoss(margin=0.5)
        data = torch.utils.data.TensorDataset(torch.randn(30, 6), torch.randn(30, 6), torch.randn(30, 6))
        loader = torch.utils.data.DataLoader(data, batch_size=10, shuffle=True)
        opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.5, patience=1)
        for epoch in range(8):
            total = 0.0
            for batch in loader:
                a, p, n = (F.normalize(model["head"](model["body"](x)), dim=1) for x in batch)
                loss = triplet(a, p, n)
                opt.zero_grad(); loss.backward(); opt.step()
                total += loss.item()
            plateau.step(total)
            losses.append(total)""",
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_short_programs(name, tmp_path):
    text = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nlosses = []\n"
    lines = SNIPPETS[name].strip("\n").split("\n")
    program = tmp_path / "program.py"
    program.write_text(text + "\n".join(line[8:] for line in lines), encoding="utf-8")
    found = []
    for library, place in ((mg, minigrad_as_torch()), (torch, nullcontext())):
        library.manual_seed(3)
        with place:
            found.append(runpy.run_path(str(program))["losses"])
    np.testing.assert_allclose(*found, rtol=1e-8 if ".double()" in SNIPPETS[name] else 1e-3)
    np.testing.assert_allclose(found[0][:3], found[1][:3], rtol=1e-5)
    assert found[0][-1] < found[0][0]
