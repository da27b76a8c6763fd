"""GPT-2 (Radford et al. 2019), with its parameter names: it reads text and says what comes next.

B texts, T tokens, C features, nh heads of hs features each. The file is written in PyTorch's words:
with `import torch as mg` above and `from torch import nn`, it is the same network there.
"""
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import minigrad as mg
from minigrad import nn

TURNED = "attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight"
MASKS = ".attn.bias", ".attn.masked_bias"            # what published files hold beside the weights


@dataclass
class GPTConfig:
    """The sizes of a GPT; as they stand here, those of the smallest GPT-2 (124 million numbers).

    >>> from minigrad.models import GPTConfig
    >>> GPTConfig(n_layer=2).n_embd
    768
    """

    block_size: int = 1024           # the most tokens that it can look at
    vocab_size: int = 50257
    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    dropout: float = 0.0
    bias: bool = True

    def __post_init__(self):
        for name in ("block_size", "vocab_size", "n_layer", "n_head", "n_embd"):
            size = getattr(self, name)
            if not isinstance(size, int) or size < 1:
                raise ValueError(f"GPTConfig: expected {name} to be a whole number from 1 up, "
                                 f"got {size!r}")
        if self.n_embd % self.n_head:
            raise ValueError("GPTConfig: expected n_head to divide n_embd, "
                             f"got {self.n_head} and {self.n_embd}")


class Cache:
    """Keys and values of the tokens that were read, a pair for each layer: nothing is read twice.

    >>> from minigrad.models import Cache
    >>> len(Cache())
    0
    """

    def __init__(self):
        self.pairs = {}

    def __len__(self):
        return self.length(0)

    def length(self, layer):
        """How many tokens this layer has read."""
        return self.pairs[layer][0].shape[2] if layer in self.pairs else 0

    def extended(self, layer, k, v):
        """All keys and values of a layer, with the new ones at the end."""
        if layer in self.pairs:
            k, v = (mg.cat(both, 2) for both in zip(self.pairs[layer], (k, v)))
        self.pairs[layer] = k, v
        return k, v


class CausalSelfAttention(nn.Module):
    """Every token looks at itself and at those before it, several ways at once."""

    def __init__(self, config, layer):
        super().__init__()
        self.layer, self.n_head, self.dropout = layer, config.n_head, config.dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.resid_dropout = nn.Dropout(config.dropout)

    def forward(self, x, cache=None):
        B, T, C = x.shape
        qkv = self.c_attn(x).view(B, T, 3, self.n_head, C // self.n_head)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)                         # each (B, nh, T, hs)
        past = 0 if cache is None else cache.length(self.layer)
        if cache is not None:
            k, v = cache.extended(self.layer, k, v)                  # (B, nh, past + T, hs)
        mask = mg.ones(T, past + T, dtype=mg.bool).tril(past) if past and T > 1 else None
        y = nn.functional.scaled_dot_product_attention(
            q, k, v, mask, self.dropout if self.training else 0.0, is_causal=not past)
        y = y.transpose(1, 2).reshape(B, T, C)                       # (B, nh, T, hs) -> (B, T, C)
        return self.resid_dropout(self.c_proj(y))


class MLP(nn.Module):
    """What each token makes of what it has seen, by itself."""

    def __init__(self, config):
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.gelu = nn.GELU(approximate="tanh")
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        return self.dropout(self.c_proj(self.gelu(self.c_fc(x))))


class Block(nn.Module):
    """Look around, then think: both are added to what was there."""

    def __init__(self, config, layer):
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, bias=config.bias)
        self.attn = CausalSelfAttention(config, layer)
        self.ln_2 = nn.LayerNorm(config.n_embd, bias=config.bias)
        self.mlp = MLP(config)

    def forward(self, x, cache=None):
        x = x + self.attn(self.ln_1(x), cache)
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """Tokens (B, T) -> logits of the next token at every place (B, T, vocab_size), and the loss.

    The loss is None without `targets` (B, T), among which −1 does not count. Raises ValueError for
    tokens that are none, or more than block_size of them.

    >>> from minigrad.models import GPT, GPTConfig
    >>> model = GPT(GPTConfig(block_size=8, vocab_size=10, n_layer=1, n_head=2, n_embd=4))
    >>> logits, loss = model(mg.tensor([[1, 2, 3]]))
    >>> logits.shape, model.generate(mg.tensor([[1, 2, 3]]), 5).shape
    (torch.Size([1, 3, 10]), torch.Size([1, 8]))
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(config.vocab_size, config.n_embd),
            "wpe": nn.Embedding(config.block_size, config.n_embd),
            "drop": nn.Dropout(config.dropout),
            "h": nn.ModuleList([Block(config, layer) for layer in range(config.n_layer)]),
            "ln_f": nn.LayerNorm(config.n_embd, bias=config.bias)})
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.transformer.wte.weight = self.lm_head.weight           # one table for both ends
        self.apply(self._begin)
        for name, p in self.named_parameters():                     # as many sums as layers
            if name.endswith("c_proj.weight"):
                nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * config.n_layer))

    def _begin(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(self, idx, targets=None, cache=None):
        past = 0 if cache is None else len(cache)
        self._check(idx, past)
        places = mg.arange(past, past + idx.shape[1])
        x = self.transformer.wte(idx) + self.transformer.wpe(places)            # (B, T, C)
        x = self.transformer.drop(x)
        for block in self.transformer.h:
            x = block(x, cache)
        logits = self.lm_head(self.transformer.ln_f(x))                         # (B, T, vocab)
        if targets is None:
            return logits, None
        if targets.shape != idx.shape:
            raise ValueError(f"GPT: expected targets of shape {tuple(idx.shape)}, the tokens', "
                             f"got {tuple(targets.shape)}")
        rows = logits.view(-1, self.config.vocab_size)
        return logits, nn.functional.cross_entropy(rows, targets.reshape(-1), ignore_index=-1)

    def _check(self, idx, past=0):
        """Raise ValueError unless these are tokens that the network can read."""
        if idx.ndim != 2 or not idx.numel() or idx.dtype not in (mg.int64, mg.int32):
            raise ValueError("GPT: expected tokens (B, T) of dtype int64, at least one, got "
                             f"{idx.dtype} of shape {tuple(idx.shape)}")
        if past + idx.shape[1] > self.config.block_size:
            raise ValueError(f"GPT: it looks at {self.config.block_size} tokens at most, got "
                             f"{past + idx.shape[1]}; cut the text: idx[:, -block_size:]")
        low, high = idx.min().item(), idx.max().item()
        if low < 0 or high >= self.config.vocab_size:
            raise ValueError(f"GPT: expected tokens from 0 to {self.config.vocab_size - 1}, "
                             f"got {low} to {high}")

    # Writing

    def stream(self, idx, max_new_tokens: int, temperature: float = 1.0, top_k: int | None = None,
               top_p: float | None = None, generator=None, use_cache: bool = True) -> Iterator:
        """Yield the next tokens one by one, each (B, 1); what they mean says `generate`.

        >>> from minigrad.models import GPT, GPTConfig
        >>> model = GPT(GPTConfig(block_size=8, vocab_size=10, n_layer=1, n_head=2, n_embd=4))
        >>> [token.shape for token in model.stream(mg.tensor([[1]]), 2)]
        [torch.Size([1, 1]), torch.Size([1, 1])]
        """
        self._check(idx[:, -self.config.block_size:] if idx.ndim == 2 else idx)
        _check_choice(max_new_tokens, temperature, top_k, top_p)
        return self._stream(idx, max_new_tokens, (temperature, top_k, top_p, generator), use_cache)

    def _stream(self, idx, count, choice, use_cache):
        most, cache, read = self.config.block_size, Cache(), 0
        for _ in range(count):
            if not use_cache or read + 1 > most or not read:         # its places have moved: anew
                cache, new = Cache(), idx[:, -most:]
            else:
                new = idx[:, -1:]
            with _evaluating(self), mg.no_grad():
                logits = self(new, cache=cache if use_cache else None)[0][:, -1]
                token = chosen(logits, *choice)                      # (B, 1)
            read = len(cache)
            idx = mg.cat((idx, token), 1)
            yield token

    def generate(self, idx, max_new_tokens: int, temperature: float = 1.0, top_k: int | None = None,
                 top_p: float | None = None, generator=None, use_cache: bool = True):
        """The tokens (B, T) with so many new ones, each drawn by its probability.

        `temperature` below 1 prefers the probable, 0 always takes the most probable; `top_k` draws
        among so many tokens, `top_p` among the most probable that have this share together. The
        same seed or `generator` draws the same. Dropout is off. Raises ValueError where a setting
        makes no sense, and for tokens that are none.

        >>> from minigrad.models import GPT, GPTConfig
        >>> model = GPT(GPTConfig(block_size=8, vocab_size=10, n_layer=1, n_head=2, n_embd=4))
        >>> model.generate(mg.tensor([[1, 2]]), 3, temperature=0).shape
        torch.Size([1, 5])
        """
        new = self.stream(idx, max_new_tokens, temperature, top_k, top_p, generator, use_cache)
        with _evaluating(self):
            return mg.cat((idx, *new), 1)

    # Weights of others

    @classmethod
    def from_weights(cls, weights: dict, n_head: int | None = None, dropout: float = 0.0):
        """A GPT with these weights, by name: GPT-2's as published, or a GPT's own state_dict.

        Published ones have no "transformer." before their names, and hold their matrices
        transposed. Heads cannot be seen in weights: by default they have 64 features, as GPT-2's.
        Raises ValueError where names or shapes are not those of a GPT.

        >>> from minigrad.models import GPT, GPTConfig
        >>> config = GPTConfig(block_size=8, vocab_size=10, n_layer=1, n_head=2, n_embd=4)
        >>> GPT.from_weights(GPT(config).state_dict(), n_head=2).config == config
        True
        """
        weights = {name.removeprefix("transformer."): w for name, w in weights.items()
                   if not name.endswith(MASKS)}
        config = _config_of(weights, n_head, dropout)
        head = weights.pop("lm_head.weight", weights["wte.weight"])
        if head.shape != weights["wte.weight"].shape or not mg.equal(head, weights["wte.weight"]):
            raise ValueError("GPT: expected 'lm_head.weight' to be 'wte.weight', for both ends "
                             "share one table; got another one")
        wide = 3 * config.n_embd, config.n_embd
        if tuple(weights["h.0.attn.c_attn.weight"].shape) == wide[::-1]:
            weights = {name: w.transpose(0, 1) if name.endswith(TURNED) and w.ndim == 2 else w
                       for name, w in weights.items()}
        model = cls(config)
        named = {f"transformer.{name}": w for name, w in weights.items()}
        try:
            model.load_state_dict({**named, "lm_head.weight": head})
        except RuntimeError as error:
            raise ValueError(f"GPT: these are no weights of {asdict(config)}: {error}") from None
        return model


def _config_of(weights, n_head, dropout):
    """The sizes, from the shapes."""
    for name in ("wte.weight", "wpe.weight", "h.0.attn.c_attn.weight"):
        if name not in weights or weights[name].ndim != 2:
            raise ValueError(f"GPT: expected a matrix {name!r} among the weights, got "
                             f"{', '.join(sorted(weights)[:4]) or 'none'} …")
    (vocab, C), block_size = weights["wte.weight"].shape, weights["wpe.weight"].shape[0]
    layers = {name.split(".")[1] for name in weights if name.startswith("h.")}
    if layers != {str(n) for n in range(len(layers))}:
        raise ValueError("GPT: expected layers h.0, h.1, …, none left out, got "
                         + ", ".join(f"h.{n}" for n in sorted(layers)[:6]))
    return GPTConfig(block_size=block_size, vocab_size=vocab, n_layer=len(layers), n_embd=C,
                     n_head=n_head or max(C // 64, 1), dropout=dropout,
                     bias="ln_f.bias" in weights)


@contextmanager
def _evaluating(model):
    """Without dropout; afterwards the model is in training again if it was."""
    training = model.training
    if training:                                 # else it costs a walk through all modules
        model.eval()
    try:
        yield
    finally:
        if training:
            model.train()


def _check_choice(count, temperature, top_k, top_p):
    for name, value, fits, wanted in (
            ("max_new_tokens", count, count >= 0, "from 0 up"),
            ("temperature", temperature, 0 <= temperature < math.inf, "from 0 up"),
            ("top_k", top_k, top_k is None or top_k >= 1, "from 1 up, or None"),
            ("top_p", top_p, top_p is None or 0 < top_p <= 1, "above 0, at most 1, or None")):
        if not fits:
            raise ValueError(f"generate: expected {name} to be {wanted}, got {value!r}")


def chosen(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    """One token for each row of logits (B, vocab_size) -> (B, 1), drawn as `generate` says.

    >>> from minigrad.models.gpt import chosen
    >>> chosen(mg.tensor([[1., 9., 2.]]), temperature=0)
    tensor([[1]])
    """
    if temperature == 0:
        return logits.argmax(-1, keepdim=True)
    logits = logits / temperature
    if top_k is not None:
        least = mg.topk(logits, min(top_k, logits.shape[-1])).values[:, -1:]
        logits = logits.masked_fill(logits < least, -math.inf)
    p = mg.softmax(logits, -1)
    if top_p is not None:                      # a token stays while those before it have less
        ordered = mg.sort(p, descending=True).values
        before = mg.cumsum(ordered, -1) - ordered
        least = ordered.masked_fill(before >= top_p, math.inf).min(-1, keepdim=True).values
        p = p.masked_fill(p < least, 0.0)
    return mg.multinomial(p, 1, generator=generator)
