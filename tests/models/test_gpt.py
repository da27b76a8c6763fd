"""GPT: its logits, its cache, what it draws, weights of others, and what it refuses."""
import math

import numpy as np
import pytest

import minigrad as mg
from minigrad.models import GPT, Cache, GPTConfig
from minigrad.models.gpt import chosen

SMALL = {"block_size": 12, "vocab_size": 11, "n_layer": 2, "n_head": 2, "n_embd": 8}


def small(seed=0, **changes):
    """A small GPT whose weights are large enough to matter."""
    mg.manual_seed(seed)
    model = GPT(GPTConfig(**{**SMALL, **changes}))
    with mg.no_grad():
        for p in model.parameters():
            p.add_(mg.randn(p.shape) * 0.3)
    return model


def tokens(*shape, seed=0):
    return mg.tensor(np.random.default_rng(seed).integers(0, SMALL["vocab_size"], shape))


def reference(weights, ids, n_layer, n_head):
    """One text, place by place and head by head, as the papers say it."""
    w = {name: t.numpy().astype(np.float64) for name, t in weights.items()}

    def norm(x, name):
        unit = (x - x.mean()) / np.sqrt(x.var() + 1e-5)
        return unit * w[f"{name}.weight"] + w.get(f"{name}.bias", 0)

    def layer(x, name):
        return w[f"{name}.weight"] @ x + w.get(f"{name}.bias", 0)

    def gelu(x):
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))

    xs = [w["transformer.wte.weight"][i] + w["transformer.wpe.weight"][t] for t, i in enumerate(ids)]
    for n in range(n_layer):
        h = f"transformer.h.{n}"
        qkv = [layer(norm(x, f"{h}.ln_1"), f"{h}.attn.c_attn").reshape(3, n_head, -1) for x in xs]
        for t, x in enumerate(xs):
            found = []
            for head in range(n_head):
                scores = [qkv[t][0, head] @ qkv[s][1, head] / math.sqrt(qkv[t].shape[-1]) for s in range(t + 1)]
                p = np.exp(scores) / np.sum(np.exp(scores))
                found.append(sum(p[s] * qkv[s][2, head] for s in range(t + 1)))
            xs[t] = x + layer(np.concatenate(found), f"{h}.attn.c_proj")
        xs = [x + layer(gelu(layer(norm(x, f"{h}.ln_2"), f"{h}.mlp.c_fc")), f"{h}.mlp.c_proj") for x in xs]
    return np.stack([w["lm_head.weight"] @ norm(x, "transformer.ln_f") for x in xs])


@pytest.mark.parametrize("changes", [{}, {"bias": False, "n_head": 4, "n_layer": 1}], ids=str)
def test_logits_are_those_of_a_straightforward_reference(changes):
    model, ids = small(**changes), tokens(3, 9)
    logits = model(ids)[0].detach().numpy()
    for text, row in zip(ids.numpy(), logits, strict=True):
        wanted = reference(model.state_dict(), text, model.config.n_layer, model.config.n_head)
        np.testing.assert_allclose(row, wanted, atol=1e-4)


def test_the_loss_counts_no_target_of_minus_one():
    model, ids, targets = small(), tokens(2, 5), tokens(2, 5, seed=1)
    targets[0, 3:] = -1
    logits, loss = model(ids, targets)
    p = mg.log_softmax(logits, -1).detach().numpy()
    kept = [-p[b, t, targets[b, t].item()] for b in range(2) for t in range(5) if targets[b, t].item() >= 0]
    assert loss.item() == pytest.approx(np.mean(kept), abs=1e-5)


def test_the_future_does_not_change_the_past():
    model, ids = small(), tokens(1, 9)
    other = ids.clone()
    other[:, 6:] = (other[:, 6:] + 1) % SMALL["vocab_size"]
    before, after = (model(x)[0].detach().numpy() for x in (ids, other))
    np.testing.assert_allclose(before[:, :6], after[:, :6], atol=1e-5)
    assert np.abs(before[:, 6:] - after[:, 6:]).max() > 0.1


@pytest.mark.parametrize("parts", [[1] * 9, [4, 5], [3, 1, 5], [9]], ids=str)
def test_a_cache_changes_nothing(parts):
    model, ids, cache = small(), tokens(2, 9), Cache()
    pieces = np.split(ids.numpy(), np.cumsum(parts)[:-1], axis=1)
    with mg.no_grad():
        read = mg.cat([model(mg.tensor(piece), cache=cache)[0] for piece in pieces], 1)
        whole = model(ids)[0]
    assert len(cache) == 9
    np.testing.assert_allclose(read.numpy(), whole.numpy(), atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"temperature": 0}, {"top_k": 3}, {"top_p": 0.7, "temperature": 0.8}], ids=str)
def test_written_text_is_the_same_with_and_without_cache_also_past_the_block(settings):
    model, texts = small(), []
    for use_cache in (True, False):
        mg.manual_seed(1)
        texts.append(model.generate(tokens(2, 3), 20, use_cache=use_cache, **settings).tolist())
    assert texts[0] == texts[1]


def test_a_stream_is_what_generate_gives_and_a_generator_repeats_it():
    model, ids = small(), tokens(2, 3)
    whole = model.generate(ids, 6, generator=mg.Generator().manual_seed(3))
    parts = list(model.stream(ids, 6, generator=mg.Generator().manual_seed(3)))
    assert all(part.shape == (2, 1) for part in parts)
    assert mg.equal(whole, mg.cat((ids, *parts), 1))
    assert mg.equal(model.generate(ids, 0), ids)


def test_writing_is_without_dropout_and_leaves_the_mode_as_it_was():
    model = small(dropout=0.5)
    model.train()
    texts = [model.generate(tokens(1, 3), 8, temperature=0).tolist() for _ in range(3)]
    assert texts[0] == texts[1] == texts[2] and model.training
    model.eval()
    model.generate(tokens(1, 3), 1)
    assert not model.training


P = [0.1, 0.4, 0.3, 0.2]


@pytest.mark.parametrize("settings, possible", [
    ({}, {0, 1, 2, 3}), ({"top_k": 1}, {1}), ({"top_k": 2}, {1, 2}), ({"top_k": 99}, {0, 1, 2, 3}),
    ({"top_p": 0.01}, {1}), ({"top_p": 0.45}, {1, 2}), ({"top_p": 0.75}, {1, 2, 3}), ({"top_p": 1.0}, {0, 1, 2, 3}),
    ({"temperature": 0}, {1}), ({"temperature": 0.01}, {1}), ({"top_k": 3, "top_p": 0.6}, {1, 2})], ids=str)
def test_what_may_be_drawn(settings, possible):
    mg.manual_seed(0)
    logits = mg.tensor(P).log().expand(400, 4)
    assert set(chosen(logits, **settings).flatten().tolist()) == possible


def test_a_low_temperature_prefers_the_probable():
    mg.manual_seed(0)
    logits = mg.tensor(P).log().expand(4000, 4)
    shares = [(chosen(logits, temperature=t) == 1).float().mean().item() for t in (2.0, 1.0, 0.5)]
    wanted = [np.power(P, 1 / t)[1] / np.power(P, 1 / t).sum() for t in (2.0, 1.0, 0.5)]
    np.testing.assert_allclose(shares, wanted, atol=0.03)


# Weights of others

def published(model):
    """The weights as GPT-2's are published: matrices transposed, masks beside them, no prefix, no head."""
    weights = {}
    for name, w in model.state_dict().items():
        if name != "lm_head.weight":
            turned = "attn.c_" in name or "mlp.c_" in name
            weights[name.removeprefix("transformer.")] = w.transpose(0, 1).contiguous() if turned and w.ndim == 2 else w
    for n in range(model.config.n_layer):
        weights[f"h.{n}.attn.bias"] = mg.ones(1, 1, 12, 12)
    return weights


@pytest.mark.parametrize("form", [published, lambda model: model.state_dict(), lambda model: {
    f"transformer.{name}": w for name, w in published(model).items()}], ids=["published", "own", "published with prefix"])
def test_weights_come_by_file_in_every_form(form, tmp_path):
    model = small()
    mg.safetensors.save_file({name: w.clone() for name, w in form(model).items()}, tmp_path / "model.safetensors")
    again = GPT.from_weights(mg.safetensors.load_file(tmp_path / "model.safetensors"), n_head=2)
    assert again.config == model.config
    assert mg.equal(again(tokens(1, 9))[0], model(tokens(1, 9))[0])


def test_heads_have_64_features_if_nobody_says_otherwise():
    model = GPT(GPTConfig(4, 5, 1, n_head=2, n_embd=128))
    assert GPT.from_weights(published(model)).config.n_head == 2


@pytest.mark.parametrize("change, said", [
    (lambda w: w.clear(), "expected a matrix 'wte.weight' among the weights, got none"),
    (lambda w: w.pop("wpe.weight"), "expected a matrix 'wpe.weight'"),
    (lambda w: w.update({"h.7.ln_1.weight": mg.ones(8)}), r"expected layers h.0, h.1, …, none left out, got h.0, h.1, h.7"),
    (lambda w: w.pop("h.1.ln_1.weight"), "missing key 'transformer.h.1.ln_1.weight'"),
    (lambda w: w.update({"h.1.ln_1.weight": mg.ones(9)}), r"'transformer.h.1.ln_1.weight': expected numbers of shape"),
    (lambda w: w.update({"more": mg.ones(9)}), "unexpected key 'transformer.more'"),
    (lambda w: w.update({"lm_head.weight": mg.ones(11, 8)}), "expected 'lm_head.weight' to be 'wte.weight'"),
])
def test_other_weights_are_refused(change, said):
    weights = published(small())
    change(weights)
    with pytest.raises(ValueError, match=said):
        GPT.from_weights(weights, n_head=2)


# What it refuses

@pytest.mark.parametrize("call, said", [
    (lambda m: m(mg.tensor([1, 2])), r"expected tokens \(B, T\) of dtype int64, at least one, got torch.int64 of shape \(2,\)"),
    (lambda m: m(mg.tensor([[0.5]])), "of dtype int64, at least one, got torch.float32"),
    (lambda m: m(mg.zeros(1, 0, dtype=mg.int64)), r"at least one, got torch.int64 of shape \(1, 0\)"),
    (lambda m: m(tokens(1, 13)), "looks at 12 tokens at most, got 13"),
    (lambda m: m(mg.tensor([[1, 11]])), "expected tokens from 0 to 10, got 1 to 11"),
    (lambda m: m(mg.tensor([[-1]])), "expected tokens from 0 to 10, got -1 to -1"),
    (lambda m: m(tokens(1, 4), tokens(1, 5)), r"expected targets of shape \(1, 4\), the tokens', got \(1, 5\)"),
    (lambda m: m.stream(mg.tensor([[11]]), 1), "expected tokens from 0 to 10, got 11 to 11"),
    (lambda m: m.stream(mg.tensor([1]), 1), r"expected tokens \(B, T\)"),
    (lambda m: m.generate(tokens(1, 1), -1), "expected max_new_tokens to be from 0 up, got -1"),
    (lambda m: m.generate(tokens(1, 1), 1, temperature=-1), "expected temperature to be from 0 up, got -1"),
    (lambda m: m.generate(tokens(1, 1), 1, top_k=0), "expected top_k to be from 1 up, or None, got 0"),
    (lambda m: m.generate(tokens(1, 1), 1, top_p=1.5), "expected top_p to be above 0, at most 1, or None, got 1.5"),
    (lambda m: GPTConfig(n_head=5), "expected n_head to divide n_embd, got 5 and 768"),
    (lambda m: GPTConfig(n_layer=0), "expected n_layer to be a whole number from 1 up, got 0"),
])
def test_what_it_refuses(call, said):
    with pytest.raises(ValueError, match=said):
        call(small())
