"""The same dice: from the same seed PyTorch's numbers, and the stream in step after every draw."""
import random

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

SEEDS = [0, 1, 1337, 2**40 + 5, -3]
SIZES = [(), (0,), (1,), (15,), (16,), (17,), (100,), (7, 5), (3, 4, 5), (1000,)]
FLOATS = ["float16", "float32", "float64"]
CLOSE = {"float16": 4e-3, "float32": 2.4e-7}               # of normals in blocks of 16; all else is exact


def in_step():
    assert mg.get_rng_state().tolist() == torch.get_rng_state().tolist(), "the streams are out of step"


def same(draw, seed=0, close=0.0):
    """Both libraries draw from the same seed; their numbers, dtypes and the words they took agree."""
    found = []
    for library in (torch, mg):
        library.manual_seed(seed)
        found.append(draw(library))
    theirs, ours = (np.asarray(x.detach()) for x in found)
    assert theirs.dtype == ours.dtype and theirs.shape == ours.shape
    steps = [[step for step, n in zip(x.stride(), x.shape, strict=True) if n > 1] for x in found if theirs.size]
    assert steps[:1] == steps[1:]
    if close:
        np.testing.assert_allclose(ours.astype("f8"), theirs.astype("f8"), rtol=close / 4, atol=close)
    else:
        np.testing.assert_array_equal(ours, theirs)
    in_step()


def new(shape, dtype, form):
    """An uninitialised tensor to be filled: in a row, turned, every other one, or expanded from a scalar's shape."""
    def make(t):
        dt = getattr(t, dtype)
        if form == "row" or len(shape) < 2:
            return t.zeros(shape, dtype=dt)
        if form == "turned":
            return t.zeros(shape[::-1], dtype=dt).permute(*range(len(shape))[::-1])
        return t.zeros((*shape[:-1], 2 * shape[-1]), dtype=dt)[..., ::2]
    return make


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_new_tensors(seed, dtype):
    for size in SIZES:
        same(lambda t: t.rand(size, dtype=getattr(t, dtype)), seed)
        same(lambda t: t.randn(size, dtype=getattr(t, dtype)), seed, CLOSE.get(dtype, 0))


@pytest.mark.parametrize("form", ["row", "turned", "steps"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_filled_in_place_in_the_order_of_memory(dtype, form):
    for shape in [(3,), (16,), (3, 4), (5, 7), (2, 3, 4), (4, 1, 5), (1, 30)]:
        make, close = new(shape, dtype, form), CLOSE.get(dtype, 0)
        same(lambda t: make(t).uniform_(), 3)
        same(lambda t: make(t).uniform_(-1.7, 0.3), 3)
        same(lambda t: make(t).uniform_(2, 2), 3)
        same(lambda t: make(t).normal_(), 3, close)
        same(lambda t: make(t).normal_(-0.7, 1.3), 3, 2 * close)
        same(lambda t: make(t).bernoulli_(0.3), 3)
        same(lambda t: make(t).bernoulli_(t.full(shape, 0.4, dtype=getattr(t, dtype))), 3)
        same(lambda t: make(t).exponential_(1.7), 3)
        same(lambda t: make(t).log_normal_(0.3, 0.7), 3)
        same(lambda t: make(t).geometric_(0.3), 3)
        same(lambda t: make(t).cauchy_(0.3, 1.7), 3)
        same(lambda t: make(t).random_(), 3)
        same(lambda t: make(t).random_(-5, 9), 3)
        same(lambda t: t.rand_like(make(t)), 3)
        same(lambda t: t.randn_like(make(t)), 3, close)
        same(lambda t: t.randint_like(make(t), 2, 9), 3)
        same(lambda t: t.bernoulli(make(t) + 0.4), 3)
        same(lambda t: t.nn.functional.dropout(make(t) + 1, 0.3), 3)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int16", "int32", "int64"])
def test_whole_numbers(dtype):
    same(lambda t: t.zeros(50, dtype=getattr(t, dtype)).random_())
    same(lambda t: t.zeros(50, dtype=getattr(t, dtype)).bernoulli_(0.4))
    same(lambda t: t.randint(0, 2, (50,), dtype=getattr(t, dtype)))
    if dtype != "bool":
        same(lambda t: t.zeros(50, dtype=getattr(t, dtype)).geometric_(0.4))
        same(lambda t: t.zeros(50, dtype=getattr(t, dtype)).random_(100))
        same(lambda t: t.zeros(50, dtype=getattr(t, dtype)).random_(5, None))


@pytest.mark.parametrize("low, high", [(0, 1), (-3, 10), (0, 2**31), (0, 2**32 - 1), (0, 2**32), (0, 2**32 + 1), (-2**40, 2**41),
                                       (-2**63, 2**63 - 1), (2**62, 2**63 - 1)])
def test_ranges_of_whole_numbers(low, high):
    for size in [(0,), (1,), (5, 7), (300,)]:
        same(lambda t: t.randint(low, high, size))
        same(lambda t: t.zeros(size, dtype=t.int64).random_(low, high))
    same(lambda t: t.zeros(9, dtype=t.int64).random_(-2**63, None))


def test_forms_of_randint_and_rand():
    same(lambda t: t.randint(9, (4,)))
    same(lambda t: t.randint(high=9, size=(4,)))
    same(lambda t: t.randint(2, high=9, size=(4,), dtype=t.int32))
    same(lambda t: t.rand(size=(2, 3)) + t.rand([2, 3]) + t.rand(2, 3))
    same(lambda t: t.zeros(40).random_(to=5))
    same(lambda t: t.zeros(40).uniform_(**{"from": 2, "to": 3}))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 15, 16, 17, 100, 1000, 70000])
def test_permutations(n):
    for seed in SEEDS:
        same(lambda t: t.randperm(n), seed)
    same(lambda t: t.randperm(min(n, 1000), dtype=t.int32))


def test_a_long_row_of_each():
    for dtype in FLOATS:
        dt = dtype
        same(lambda t: t.rand(70001, dtype=getattr(t, dt)))
        same(lambda t: t.randn(70001, dtype=getattr(t, dt)), 5, CLOSE.get(dtype, 0))
        same(lambda t: t.empty(70001, dtype=getattr(t, dt)).uniform_(-0.01234, 0.01234))
    same(lambda t: t.nn.functional.dropout(t.ones(700001), 0.1))
    same(lambda t: t.empty(70001).exponential_())


def test_normal_with_tensors():
    for shape in [(3,), (5, 7)]:
        same(lambda t: t.normal(t.ones(shape), 2.0), 0, 1e-6)
        same(lambda t: t.normal(t.ones(shape)), 0, 1e-6)
        same(lambda t: t.normal(1.5, t.full(shape, 2.0)), 0, 1e-6)
        same(lambda t: t.normal(t.ones(shape), t.full(shape, 2.0)), 0, 1e-6)
        same(lambda t: t.normal(t.ones(shape, dtype=t.float64), t.full(shape[-1:], 2.0, dtype=t.float64)))
        same(lambda t: t.normal(-1, 0.3, shape), 0, 1e-6)
        same(lambda t: t.normal(-1, 0.3, size=shape, dtype=t.float64))


@pytest.mark.parametrize("dtype", FLOATS)
def test_bernoulli_and_multinomial(dtype):
    def p(t, *shape):
        n = int(np.prod(shape))
        return ((t.arange(n, dtype=t.float64) + 0.5) / n).to(getattr(t, dtype)).reshape(shape)
    same(lambda t: t.bernoulli(p(t, 40)))
    same(lambda t: t.bernoulli(p(t, 5, 8).T))
    same(lambda t: t.bernoulli(p(t, 40), 0.2))
    same(lambda t: t.zeros(5, 8, dtype=t.int64).bernoulli_(p(t, 8)))
    for seed in SEEDS:
        for n in (1, 3):
            same(lambda t: t.multinomial(p(t, 4), n), seed)
            same(lambda t: t.multinomial(p(t, 3, 4), n), seed)
            same(lambda t: t.multinomial(p(t, 4, 3).T, n), seed)
        for n in (1, 2, 50):
            same(lambda t: t.multinomial(p(t, 4), n, replacement=True), seed)
            same(lambda t: t.multinomial(p(t, 3, 4), n, replacement=True), seed)
    if dtype != "float16":                                 # PyTorch orders equal ones as it comes
        same(lambda t: t.multinomial(p(t, 1000), 1000))
    same(lambda t: p(t, 1000).multinomial(500, True))


@pytest.mark.parametrize("rate", [0.0, 1e-20, 0.3, 5.0, 9.99, 10.0, 30.0, 1e4])
def test_poisson(rate):
    same(lambda t: t.poisson(t.full((40,), rate)))
    same(lambda t: t.poisson(t.full((4, 5), rate, dtype=t.float64).T))


F = {"dropout": (2, 3, 4), "dropout1d": (2, 3, 4), "dropout2d": (2, 3, 4, 5), "dropout3d": (2, 3, 4, 5, 2), "alpha_dropout": (4, 5),
     "feature_alpha_dropout": (2, 3, 4)}


@pytest.mark.parametrize("name", F)
@pytest.mark.parametrize("p", [0, 0.1, 0.5, 0.9, 1])
def test_dropouts(name, p):
    for dtype in FLOATS:
        for inplace in (False, True):
            same(lambda t: getattr(t.nn.functional, name)(t.ones(F[name], dtype=getattr(t, dtype)) * 1.7, p, True, inplace), 7)
    same(lambda t: getattr(t.nn.functional, name)(t.ones(F[name]), p, False), 7)
    layer = {"dropout": "Dropout", "alpha_dropout": "AlphaDropout", "feature_alpha_dropout": "FeatureAlphaDropout"}
    layer = layer.get(name, name.replace("dropout", "Dropout"))
    same(lambda t: getattr(t.nn, layer)(p)(t.ones(F[name]) * 0.3), 2)
    assert repr(getattr(mg.nn, layer)(p)) == repr(getattr(torch.nn, layer)(p))


def test_dropouts_of_one_sample():
    same(lambda t: t.nn.functional.dropout1d(t.ones(5, 4)), 3)
    same(lambda t: t.nn.functional.dropout3d(t.ones(5, 4, 2, 2)), 3)
    with pytest.warns(UserWarning, match="dropout2d"):
        same(lambda t: t.nn.functional.dropout2d(t.ones(5, 4, 3)), 3)
    same(lambda t: t.nn.functional.dropout(t.ones(0, 3)), 3)


@pytest.mark.parametrize("name", ["alpha_dropout", "dropout"])
@pytest.mark.parametrize("inplace", [False, True])
def test_gradients_of_dropouts(name, inplace):
    def gradient(t):
        x = t.ones(5, 6, requires_grad=True)
        getattr(t.nn.functional, name)(x * 1.0, 0.4, True, inplace).sum().backward()
        return x.grad
    same(gradient)


def test_activations_by_chance():
    same(lambda t: t.nn.functional.gumbel_softmax(t.arange(12.0).reshape(3, 4) / 5, hard=True))
    same(lambda t: t.nn.functional.gumbel_softmax(t.arange(12.0).reshape(3, 4) / 5, tau=0.7), 3, 3e-7)
    for training in (False, True):
        for inplace in (False, True):
            same(lambda t: t.nn.functional.rrelu(t.arange(-10, 11) / 5, 0.1, 0.4, training, inplace), 0, 6e-8)
    same(lambda t: t.nn.RReLU(0.2, 0.3)(t.arange(-10, 11) / 5), 0, 6e-8)
    assert repr(mg.nn.RReLU()) == repr(torch.nn.RReLU())


# First weights

LAYERS = {
    "Linear": (7, 5), "Linear without bias": (7, 5, False), "Linear of nothing": (0, 3), "Bilinear": (3, 4, 5), "Embedding": (10, 3),
    "Embedding with padding": (10, 3, 2), "Conv1d": (4, 6, 3), "Conv2d": (4, 6, (3, 5), 2, 1, 1, 2), "ConvTranspose1d": (4, 6, 3),
    "ConvTranspose2d": (4, 6, 3, 1, 0, 0, 2), "BatchNorm2d": (4,), "LayerNorm": (4,), "GroupNorm": (2, 4), "PReLU": (3,)}


@pytest.mark.filterwarnings("ignore:Initializing zero-element")
@pytest.mark.parametrize("layer", LAYERS)
def test_first_weights(layer):
    name, arguments = layer.split()[0], LAYERS[layer]
    for dtype in ("float32", "float64"):
        made = []
        for t in (torch, mg):
            t.manual_seed(11)
            made.append(getattr(t.nn, name)(*arguments, dtype=getattr(t, dtype)))
        theirs, ours = (dict(layer.named_parameters()) for layer in made)
        assert list(theirs) == list(ours)
        for key, value in theirs.items():
            close = CLOSE.get(dtype, 0) if name == "Embedding" else 0
            np.testing.assert_allclose(ours[key].detach().numpy(), value.detach().numpy(), rtol=0, atol=close)
        in_step()


def test_a_network_draws_in_pytorchs_order():
    def made(t):
        n = t.nn
        net = n.Sequential(n.Conv2d(1, 4, 3), n.BatchNorm2d(4), n.ReLU(), n.Flatten(), n.Linear(36, 9), n.Linear(9, 2))
        return t.cat([p.detach().flatten() for p in net.parameters()])
    same(made, 5)


def test_layers_of_a_million_weights():
    same(lambda t: t.nn.Linear(1000, 1000).weight, 5)


INIT = {
    "uniform_": (-2, 3), "xavier_uniform_": (1.5,), "kaiming_uniform_": (0.3, "fan_out"), "constant_": (0.7,), "ones_": (), "zeros_": (),
    "normal_": (1, 0.02), "xavier_normal_": (0.5,), "kaiming_normal_": (0, "fan_in", "relu"), "trunc_normal_": (0.3, 0.5, -0.2, 0.9)}


@pytest.mark.parametrize("name", INIT)
@pytest.mark.parametrize("dtype", FLOATS)
def test_init(name, dtype):
    for shape in [(2, 3), (5, 7), (4, 3, 2, 2)]:
        close = CLOSE.get(dtype, 0) if "normal" in name else 0
        same(lambda t: getattr(t.nn.init, name)(t.empty(shape, dtype=getattr(t, dtype)), *INIT[name]), 3, close)


def test_init_that_draws_again():
    same(lambda t: t.nn.init.trunc_normal_(t.empty(999), std=0.02, a=-0.01, b=0.02), 3, 1e-8)
    same(lambda t: t.nn.init.trunc_normal_(t.empty(999), a=2.0, b=4.0), 3)
    with pytest.warns(UserWarning, match="more than 2 std"):
        same(lambda t: t.nn.init.trunc_normal_(t.empty(30), -9.0, 1.0), 3)
    same(lambda t: t.nn.init.sparse_(t.empty(20, 7), 0.3), 3, 1e-8)
    for shape in [(3, 3), (5, 7), (7, 5), (4, 3, 2), (0, 4)]:
        same(lambda t: t.nn.init.orthogonal_(t.empty(shape), 1.4), 3, 2e-6)
        same(lambda t: t.nn.init.orthogonal_(t.empty(shape, dtype=t.float64), 1.4), 3, 1e-14)
    for shape in [(4, 3, 5), (4, 3, 5, 4), (6, 2, 3, 3, 2)]:
        same(lambda t: t.nn.init.dirac_(t.empty(shape)))
        same(lambda t: t.nn.init.dirac_(t.empty(shape), 2))
    same(lambda t: t.nn.init.eye_(t.empty(3, 5)))


@pytest.mark.parametrize("name", ["uniform", "normal", "constant", "eye", "dirac", "xavier_uniform", "xavier_normal", "kaiming_uniform",
                                  "kaiming_normal", "orthogonal", "sparse"])
def test_old_names_of_init(name):
    more = {"constant": (0.5,), "sparse": (0.5,)}.get(name, ())
    shape = (4, 4, 3) if name == "dirac" else (4, 3)
    for t in (torch, mg):
        with pytest.warns(FutureWarning, match=f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`"):
            t.manual_seed(0)
            getattr(t.nn.init, name)(t.empty(shape), *more)
    in_step()


# Data

def walk(t, what, epochs=2):
    """What a loader or a sampler gives in some epochs, each begun and once broken off, and a number drawn after each step."""
    found = []
    for _ in range(epochs):
        steps = iter(what)
        found.append(t.rand(1).item())
        for x in steps:
            found.append(np.asarray(x).tolist())
            found.append(t.rand(1).item())
    next(iter(what))
    return t.tensor([float(v) for x in found for v in (x if isinstance(x, list) else [x])] + [t.rand(1).item()], dtype=t.float64)


def own(t, seed=9):
    return t.Generator().manual_seed(seed)


SAMPLERS = {
    "random": lambda t, d: d.RandomSampler(range(50)),
    "own dice": lambda t, d: d.RandomSampler(range(50), generator=own(t)),
    "fewer": lambda t, d: d.RandomSampler(range(50), num_samples=20, generator=own(t)),
    "more": lambda t, d: d.RandomSampler(range(50), num_samples=120, generator=own(t)),
    "put back": lambda t, d: d.RandomSampler(range(50), True, 70),
    "put back, own dice": lambda t, d: d.RandomSampler(range(50), True, 64, generator=own(t)),
    "subset": lambda t, d: d.SubsetRandomSampler([3, 5, 8, 13, 21]),
    "weighted": lambda t, d: d.WeightedRandomSampler([0.1, 0.9, 0.4, 2.0], 30),
    "weighted, not put back": lambda t, d: d.WeightedRandomSampler([0.1, 0.9, 0.4, 2.0], 3, replacement=False, generator=own(t)),
    "default dice": lambda t, d: d.RandomSampler(range(50), generator=t.default_generator),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers(name):
    same(lambda t: walk(t, SAMPLERS[name](t, t.utils.data)), 5)


LOADERS = {
    "in a row": {}, "batches": {"batch_size": 4}, "shuffled": {"batch_size": 4, "shuffle": True}, "dropped": {"batch_size": 4, "drop_last": True},
    "single": {"batch_size": None, "shuffle": True},
}


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize("dice", [False, True])
def test_loaders(name, dice):
    def draw(t):
        more = {"generator": own(t)} if dice else {}
        return walk(t, t.utils.data.DataLoader(list(range(30)), **LOADERS[name], **more))
    same(draw, 5)


@pytest.mark.parametrize("name", SAMPLERS)
def test_loaders_with_samplers(name):
    same(lambda t: walk(t, t.utils.data.DataLoader(range(50), 4, sampler=SAMPLERS[name](t, t.utils.data))), 5)


class Noisy:
    """A dataset that draws: in a worker, from the worker's dice."""

    def __init__(self, t):
        self.t = t

    def __len__(self):
        return 23

    def __getitem__(self, i):
        worker = self.t.utils.data.get_worker_info()
        who = [-1.0, 0.0] if worker is None else [worker.id, worker.seed % 1000]
        return self.t.tensor([i, *who, self.t.rand(1).item(), random.random(), np.random.rand()], dtype=self.t.float64)


@pytest.mark.filterwarnings("ignore:DataLoader. num_workers", "ignore:This DataLoader will create", "ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("settings", [
    {}, {"shuffle": True}, {"num_workers": 2, "shuffle": True}, {"num_workers": 2, "shuffle": True, "persistent_workers": True},
    {"num_workers": 1, "shuffle": True, "prefetch_factor": 1}], ids=str)
@pytest.mark.parametrize("dice", [False, True])
def test_workers_have_their_own_dice(settings, dice):
    def draw(t):
        random.seed(3), np.random.seed(4)
        generator = own(t) if dice else None
        loader, found = t.utils.data.DataLoader(Noisy(t), 3, generator=generator, **settings), []
        for _ in range(2):
            for k, batch in enumerate(loader):
                found.append(batch.flatten())
                if dice and k == 1:                         # what was drawn ahead no longer changes
                    found.append(t.rand(1, generator=generator).double())
            found.append(t.rand(1).double())
        found.append(t.tensor([random.random(), np.random.rand()], dtype=t.float64))
        return t.cat(found)
    same(draw, 6)


def test_worker_init_fn():
    def draw(t):
        begun = []
        loader = t.utils.data.DataLoader(Noisy(t), 3, num_workers=2, worker_init_fn=lambda i: t.manual_seed(100 + i))
        return t.cat([batch.flatten() for batch in loader] + begun)
    with pytest.warns(UserWarning, match="num_workers"):
        same(draw, 6)


def test_random_split():
    def parts(t):
        some = t.utils.data.random_split(range(20), [0.7, 0.3])
        more = t.utils.data.random_split(range(20), [5, 15], generator=own(t))
        return t.tensor([i for part in (*some, *more) for i in part])
    same(parts, 5)


# States

def test_states_are_interchangeable():
    for before in (lambda t: None, lambda t: t.rand(5), lambda t: t.randn(3), lambda t: t.rand(624), lambda t: t.rand(1000)):
        for t in (torch, mg):
            t.manual_seed(2**33 + 7)
            before(t)
        in_step()
        ours, theirs = mg.get_rng_state(), torch.get_rng_state()
        assert ours.dtype == mg.uint8 and ours.shape == tuple(theirs.shape)
        numbers = mg.randn(5).tolist()
        torch.manual_seed(0), torch.set_rng_state(torch.from_numpy(ours.numpy()))
        assert torch.randn(5).tolist() == numbers and torch.initial_seed() == 2**33 + 7
        mg.manual_seed(0), mg.set_rng_state(mg.from_numpy(theirs.numpy()))
        assert mg.randn(5).tolist() == numbers and mg.initial_seed() == 2**33 + 7
        in_step()


def test_generators():
    for t in (torch, mg):
        g = t.Generator()
        assert g.initial_seed() == 67280421310721 and g.device == t.device("cpu") and repr(g).startswith("<torch._C.Generator object at 0x")
        assert g.manual_seed(-1) is g and g.initial_seed() == 2**64 - 1
        assert t.rand(3, generator=g).tolist() != t.rand(3, generator=g).tolist()
        h = g.clone_state()
        assert t.rand(3, generator=g).tolist() == t.rand(3, generator=h).tolist()
        with t.random.fork_rng():
            t.rand(3)
        for wrong in (2**64, -2**63 - 1):
            with pytest.raises(ValueError):
                t.manual_seed(wrong)
        for wrong, error in ((t.zeros(3, dtype=t.uint8), RuntimeError), (t.zeros(5056), TypeError), ("state", TypeError)):
            with pytest.raises(error):
                g.set_state(wrong)
        assert t.seed() == t.initial_seed() == t.random.initial_seed() and t.seed() != t.seed()
        assert t.manual_seed(5) is t.default_generator and t.random.manual_seed(5) is t.default_generator
    in_step()


# Any mixture

DRAWS = {
    "rand": lambda t, n: t.rand(n), "rand64": lambda t, n: t.rand(n, dtype=t.float64), "randn": lambda t, n: t.randn(n),
    "randn16": lambda t, n: t.randn(n, dtype=t.float16), "randn64": lambda t, n: t.randn(n, dtype=t.float64),
    "randint": lambda t, n: t.randint(-5, 12, (n,)), "wide": lambda t, n: t.randint(2**40, (n,)), "randperm": lambda t, n: t.randperm(n),
    "turned": lambda t, n: t.empty(n, 3).T.normal_(), "bernoulli": lambda t, n: t.empty(n).bernoulli_(0.7),
    "bernoulli of a tensor": lambda t, n: t.bernoulli(t.full((n,), 0.7)), "dropout": lambda t, n: t.nn.functional.dropout(t.ones(n), 0.2),
    "exponential": lambda t, n: t.empty(n).exponential_(), "log_normal": lambda t, n: t.empty(n).log_normal_(),
    "geometric": lambda t, n: t.empty(n).geometric_(0.2), "cauchy": lambda t, n: t.empty(n).cauchy_(), "poisson": lambda t, n: t.poisson(t.ones(n) * 3),
    "multinomial": lambda t, n: t.multinomial(t.ones(n + 1), n + 1), "put back": lambda t, n: t.multinomial(t.ones(n + 1), n + 2, True),
    "Linear": lambda t, n: t.nn.Linear(n + 1, 3).bias.detach(), "Embedding": lambda t, n: t.nn.Embedding(n + 1, 2).weight.detach(),
    "random": lambda t, n: t.empty(n, dtype=t.int64).random_(), "gumbel": lambda t, n: t.nn.functional.gumbel_softmax(t.ones(n + 1), hard=True),
    "loader": lambda t, n: t.cat(list(t.utils.data.DataLoader(range(n + 1), 4, shuffle=True)))}


@pytest.mark.parametrize("seed", range(60))
def test_any_mixture_of_draws_stays_in_step(seed):
    dice = random.Random(seed)
    for t in (torch, mg):
        t.manual_seed(seed)
    for _ in range(dice.randint(5, 30)):
        name, n = dice.choice(list(DRAWS)), dice.choice([0, 1, 2, 3, 7, 15, 16, 17, 40, 100])
        theirs, ours = (np.asarray(DRAWS[name](t, n)) for t in (torch, mg))
        close = CLOSE.get(str(theirs.dtype), 0) if name in ("randn", "randn16", "Embedding", "turned") else 0
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=close, err_msg=name)
        in_step()
