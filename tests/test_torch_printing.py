"""What a page shows, letter by letter as PyTorch shows it: tensors, nodes, named tuples, modules, sizes, types."""
import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import minigrad as mg

torch = pytest.importorskip("torch")
NAN, INF = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def defaults():
    yield
    for m in (mg, torch):
        m.set_printoptions(profile="default")
        m.set_default_dtype(m.float32)


# Tensors: each of these as floats, halves, doubles, whole numbers, bools, parameters and results

DATA = [
    1.0, 0.0, -0.0, 2.5, 1e-5, 1e9, 123456.0, [], [[]], [[], []], [0.0, 0.0], [1.0, 2.0], [0.1655], [1e10, 1.0], [0.001, 1000.0],
    [1.5, 1234.5], [1e-5, 1.0], [-1.0, 2.25], [1e20], [99999.0, 1.0], [1e8, 1.0], [0.00012, 0.5], [100.5, 0.01], [-0.00001],
    [[-2.4852], [-0.1744], [1.1104]], [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.5]]], np.arange(24.0).reshape(2, 3, 1, 4),
    list(range(30)), [x / 7 for x in range(40)], [x * 1e6 for x in range(12)], list(range(1001)), np.arange(1500.0).reshape(3, 500),
    [[x / 3 + y for x in range(60)] for y in range(60)], np.arange(1200.0).reshape(2, 1, 20, 30), np.ones((1100, 1)),
    np.linspace(-1, 1, 7), np.eye(3), np.ones((2, 0, 3)), [x / 7 for x in range(9)], np.arange(12.0) - 1e4]
STRANGE = [NAN, INF, [NAN, 1.0, INF], [-INF, 0.5], [NAN, NAN], [-1.0, NAN], [1e-7, NAN, 3.0], [[INF, 1e9], [0.0, -2.5]]]
KINDS = {"float": lambda m, x: m.tensor(x, dtype=m.float32), "double": lambda m, x: m.tensor(x, dtype=m.float64),
         "half": lambda m, x: m.tensor(np.clip(np.asarray(x, float), -6e4, 6e4), dtype=m.float16),
         "leaf": lambda m, x: m.tensor(x, dtype=m.float32, requires_grad=True),
         "result": lambda m, x: m.tensor(x, dtype=m.float32, requires_grad=True) * 2,
         "parameter": lambda m, x: m.nn.Parameter(m.tensor(x, dtype=m.float32)),
         "long": lambda m, x: m.tensor(np.asarray(x, float).clip(-9e8, 9e8)).long(),
         "int": lambda m, x: m.tensor(np.asarray(x, float).clip(-9e8, 9e8)).int(),
         "byte": lambda m, x: m.tensor(np.asarray(x, float).clip(0, 255)).to(m.uint8),
         "bool": lambda m, x: m.tensor(np.asarray(x, float)).bool()}
FLOATING = ["float", "double", "half", "leaf", "result", "parameter"]


@pytest.mark.parametrize("kind, data", [(kind, x) for kind in KINDS for x in DATA] + [(k, x) for k in FLOATING for x in STRANGE])
def test_tensors(kind, data):
    mine, theirs = (KINDS[kind](m, data) for m in (mg, torch))
    assert repr(mine) == repr(theirs) and str(mine) == str(theirs)


@pytest.mark.parametrize("options", [
    dict(precision=2), dict(precision=8), dict(sci_mode=True), dict(sci_mode=False), dict(profile="full"), dict(profile="short"),
    dict(threshold=5), dict(threshold=5, edgeitems=1), dict(linewidth=40), dict(linewidth=200), dict(threshold=5, edgeitems=0)], ids=str)
def test_options(options):
    def shown(m):
        m.set_printoptions(**options)
        return [repr(KINDS[kind](m, x)) for kind in ("float", "result", "long") for x in DATA]
    assert shown(mg) == shown(torch)


@settings(max_examples=200, deadline=None)
@given(some.lists(some.floats(width=32), max_size=9), some.sampled_from([(-1,), (1, -1), (-1, 1, 1)]))
def test_any_numbers(numbers, shape):
    array = np.array(numbers, np.float32).reshape(shape if numbers else (0,))
    with np.errstate(all="ignore"):
        assert repr(mg.tensor(array)) == repr(torch.tensor(array))


# Nodes

NODES = """a+1 1+a a-a 1-a a*a 2*a a/2 1/a -a a**2 2**a a**a a@a.T a@v v@v b@b a.exp() a.log() a.log1p() a.sqrt() a.sin() a.cos() a.tanh()
    a.sigmoid() a.relu() a.abs() a.sign() a.floor() a.ceil() a.round() a.clamp(0,1) a.clamp(min=0) m.maximum(a,a) m.where(a>0,a,a) a%2
    a.sum() a.sum(0) a.mean() a.mean(0) a.max() a.max(0).values a.min() a.min(0).values m.max(a,a) a.amax(0) a.var() a.std(0)
    a.logsumexp(0) a.softmax(0) a.log_softmax(0) a.reshape(-1) a.view(-1) a.flatten() a.T a.t() a.mT a.transpose(0,1) a.permute(1,0)
    a.T.contiguous() a.unsqueeze(0) a[None].squeeze() a[None].squeeze(0) a.expand(2,2,3) a.repeat(2,1) m.cat([a,a]) m.stack([a,a]) a[0]
    a[0,1] a[:,1:] a[[0,1]] a[m.tensor([0,1])] a[a>0] a[None] a[...,0] a[0,:] a.split(1)[0] a.chunk(2)[0] a.unbind(0)[0] a.clone()
    a.double() a.gather(0,m.zeros(1,3).long()) a.index_select(0,m.tensor([0])) a.masked_fill(a>0,1.) a.tril() a.triu() a.diagonal() a.trace()
    a.cumsum(0) a.cumprod(0) a.prod() a.prod(0) a.norm() a.sort(0).values a.topk(1).values a.median() a.median(0).values a.flip(0) a.roll(1)
    a.tan() a.erf() a.rsqrt() a.square() a.log2() a.atan() m.atan2(a,a) a.lerp(a,0.5) m.addmm(a@a.T,a,a.T) m.bmm(b,b) m.mm(a,a.T) m.outer(v,v)
    m.det(a@a.T) m.linalg.inv(a@a.T) m.linalg.solve(a@a.T,a) m.addcmul(a,a,a) a.narrow(0,0,1) a.swapaxes(0,1) F.linear(a,a,v[:2]) F.linear(a,a)
    F.linear(b,a[:,:2]) F.linear(b,a[:,:2],v[:2]) F.gelu(a) F.leaky_relu(a) F.elu(a) F.silu(a) F.softplus(a) F.logsigmoid(a) F.glu(b)
    F.dropout(a) F.mse_loss(a,a.detach()) F.mse_loss(a,a.detach(),reduction='none') F.l1_loss(a,a.detach()) F.smooth_l1_loss(a,a.detach())
    F.huber_loss(a,a.detach()) F.cross_entropy(a,m.tensor([0,1])) F.nll_loss(a,m.tensor([0,1])) F.binary_cross_entropy(a,a.detach())
    F.binary_cross_entropy_with_logits(a,a.detach()) F.conv2d(i,w) F.max_pool2d(i,2) F.avg_pool2d(i,2) F.batch_norm(i,None,None,training=True)
    F.layer_norm(a,(3,)) F.group_norm(i,1) F.embedding(m.tensor([0]),a) F.pad(a,(1,1)) F.normalize(a)
    m.nn.MSELoss()(a,a.detach()) m.nn.CrossEntropyLoss()(a,m.tensor([0,1])) m.nn.GELU()(a) m.nn.Linear(3,2)(a)""".split()


def scope(m):
    grid = np.arange(1, 7, dtype=np.float32).reshape(2, 3) / 10
    sizes = {"b": (2, 2, 2), "i": (1, 4, 4, 4), "w": (4, 4, 2, 2)}
    return {"m": m, "F": m.nn.functional, "a": m.tensor(grid, requires_grad=True), "v": m.tensor(grid[0].copy(), requires_grad=True),
            **{name: m.ones(*size, requires_grad=True) for name, size in sizes.items()}}


@pytest.mark.parametrize("call", NODES)
def test_nodes(call):
    mine, theirs = (eval(call, scope(m)).grad_fn for m in (mg, torch))
    assert mine.name() == theirs.name() and type(mine).__name__ == type(theirs).__name__ == mine.name()


def test_what_changed_through_a_view_has_a_name_of_its_own():
    def changed(m):
        y = m.zeros(2, 3)
        y[0] += m.ones(3, requires_grad=True)
        return y.grad_fn.name().removeprefix("torch::autograd::"), repr(y)
    assert changed(mg) == changed(torch)


def test_what_a_node_came_from():
    def walked(m):
        a, w = m.tensor([[1.0, 2.0]], requires_grad=True), m.nn.Linear(2, 1)
        y = (w(a * 2) - 1).sum()
        (minus, index), = y.grad_fn.next_functions
        product, half = (a * 2).grad_fn.next_functions
        assert product[0].variable is a and half == (None, 0) and index == 0
        return ([f.name() if f else f for f, _ in (*y.grad_fn.next_functions, product, *(a ** 2).grad_fn.next_functions,
                                                  *(a + a.detach()).grad_fn.next_functions)], minus.name(),
                a.grad_fn, product[0].next_functions, y.grad_fn == y.grad_fn, m.cat([a, a]).grad_fn.next_functions[1][0].variable is a)
    assert walked(mg) == walked(torch)
    p = mg.nn.Parameter(mg.ones(1))
    assert copy.deepcopy(p).exp().grad_fn.next_functions[0][0].variable is not p
    assert (p * 1).grad_fn.next_functions[0][0].variable is p


# Named tuples

TUPLES = """a.max(0) a.min(1) a.sort(0) a.topk(1) a.median(0) a.kthvalue(1) a.mode(0) a.cummax(0) a.cummin(1) m.aminmax(a) v.max(0)
    m.linalg.slogdet(a@a.T) m.linalg.inv_ex(m.eye(2)) m.ones(2,3,20).max(0)""".split()


@pytest.mark.parametrize("call", TUPLES)
def test_named_tuples(call):
    mine, theirs = (eval(call, {**(s := scope(m)), "a": s["a"].detach(), "v": s["v"]}) for m in (mg, torch))
    assert repr(mine) == repr(theirs) and mine._fields == tuple(f for f in mine._fields if hasattr(theirs, f))
    assert isinstance(mine, getattr(mg.return_types, type(theirs).__name__))


def test_named_tuples_travel():
    assert repr(pickle.loads(pickle.dumps(mg.eye(2).max(0)))) == repr(torch.eye(2).max(0))


# Modules

MODULES = """Linear(3,5) Linear(3,5,bias=False) Conv2d(1,5,3) Conv2d(3,6,(3,5),stride=2,padding=1)
    Conv2d(4,8,3,padding='same',dilation=2,groups=2,bias=False) Conv1d(2,3,5,padding=2) ConvTranspose2d(3,4,2,stride=2,output_padding=1)
    ConvTranspose1d(3,4,2) MaxPool2d(2) MaxPool2d(3,2,1) MaxPool2d((2,3),stride=(2,1)) MaxPool1d(2) AvgPool2d(2) AvgPool2d(3,stride=1,padding=1)
    AvgPool1d(2) AdaptiveAvgPool2d(1) AdaptiveAvgPool2d((2,3)) AdaptiveAvgPool1d(3) AdaptiveMaxPool2d(2) BatchNorm1d(4) BatchNorm2d(4)
    BatchNorm2d(4,affine=False,track_running_stats=False,momentum=None) LayerNorm(5) LayerNorm((2,3),eps=1e-3,elementwise_affine=False)
    LayerNorm(5,bias=False) GroupNorm(2,4) InstanceNorm1d(3) InstanceNorm2d(3) RMSNorm(4) Dropout() Dropout(0.2) Dropout(0.3,True) Dropout1d(0.1)
    Dropout2d(0.1) ReLU() ReLU(True) LeakyReLU() LeakyReLU(0.2,True) ELU() CELU() SELU() GELU() GELU('tanh') SiLU() SiLU(True) Mish() Hardtanh()
    Hardtanh(-2,2) ReLU6() ReLU6(True) Hardswish() Hardsigmoid() Softplus() Softplus(2,10) Softsign() Softmin(1) Tanh() Sigmoid() LogSigmoid()
    Softmax(dim=1) Softmax() LogSoftmax(dim=-1) PReLU() PReLU(4) GLU() GLU(1) Tanhshrink() Softshrink() Hardshrink() Threshold(0.1,20)
    Identity() Flatten() Flatten(0,1) Unflatten(1,(2,2)) Embedding(10,3) Embedding(10,3,padding_idx=0) MSELoss() L1Loss() CrossEntropyLoss()
    NLLLoss() BCELoss() BCEWithLogitsLoss() SmoothL1Loss() HuberLoss() KLDivLoss() CosineSimilarity() PairwiseDistance() Bilinear(2,3,4)
    Upsample(scale_factor=2) Upsample(size=(4,4)) UpsamplingNearest2d(scale_factor=2) ZeroPad2d(1) ZeroPad2d((1,2,3,4)) ReflectionPad2d(1)
    PixelShuffle(2) Module() Sequential() Sequential(nn.Linear(2,3),nn.ReLU(),nn.Sequential(nn.Linear(3,4),nn.Tanh())) ModuleList()
    ModuleList([nn.Linear(2,2)]*3) ModuleList([nn.Linear(2,2),nn.ReLU(),nn.ReLU()]) ModuleDict({'a':nn.Linear(1,2),'b':nn.ReLU()}) ModuleDict()
    Sequential(OrderedDict(a=nn.ReLU(),b=nn.ModuleList([nn.ReLU()]*2))) ParameterList() ParameterList([m.ones(2),m.zeros(2,3)])
    ParameterDict({'w':m.ones(2,3)}) ParameterDict({'v':m.ones(1),'w':m.ones(2,3)}) Sequential(nn.ParameterList([m.ones(2)]))""".split()


@pytest.mark.parametrize("call", MODULES)
def test_modules(call):
    mine, theirs = (repr(eval(f"nn.{call}", {"m": m, "nn": m.nn, "OrderedDict": OrderedDict})) for m in (mg, torch))
    assert mine == theirs


def test_modules_of_ones_own():
    def net(m):
        class Block(m.nn.Module):
            def __init__(self, extra):
                super().__init__()
                self.scale, self.none, self.extra = m.nn.Parameter(m.ones(3)), None, extra
                self.linear, self.rest = m.nn.Linear(3, 3), m.nn.Sequential(m.nn.ReLU())

            def extra_repr(self): return self.extra
        return [repr(Block(extra)) for extra in ("", "k=1", "k=1\nj=2")]
    assert net(mg) == net(torch)


# Sizes

@pytest.mark.parametrize("call", [
    "s", "str(s)", "f'{s}'", "s[0]", "s[1:]", "s[:-1]", "s + (4,)", "(4,) + s", "s * 2", "2 * s", "s.numel()", "m.Size()", "m.Size([]).numel()",
    "s == (2, 3)", "hash(s) == hash((2, 3))", "list(s)", "m.zeros(3, 2).size()", "m.zeros(3, 2).size(-1)", "m.tensor(1).shape",
    "m.zeros(s[::-1]).shape", "(*s,)", "{s: 1}[(2, 3)]", "[s]", "m.zeros(2, 3, 4).shape[1:].numel()", "isinstance(s, tuple)", "len(s)", "s.index(3)"])
def test_sizes(call):
    mine, theirs = (repr(eval(call, {"m": m, "s": m.Size([2, 3])})) for m in (mg, torch))
    assert mine == theirs


def test_sizes_travel_and_refuse_what_is_no_size():
    s = mg.ones(2, 3).shape
    for twin in (pickle.loads(pickle.dumps(s)), copy.deepcopy(s)):
        assert twin == s and type(twin) is mg.Size
    for wrong in (lambda m: m.Size([2.5]), lambda m: m.Size(3), lambda m: m.Size([2]) + [1]):
        for m in (mg, torch):
            with pytest.raises(TypeError):
                wrong(m)


# Types

NAMES = "bool uint8 int8 int16 short int32 int int64 long float16 half float32 float float64 double bfloat16 complex64 cfloat complex128".split()


@pytest.mark.parametrize("name", NAMES)
def test_types(name):
    mine, theirs = getattr(mg, name), getattr(torch, name)
    assert repr(mine) == str(mine) == repr(theirs) and isinstance(mine, mg.dtype)
    for question in ("is_floating_point", "is_complex", "is_signed", "itemsize"):
        assert getattr(mine, question) == getattr(theirs, question), question
    assert pickle.loads(pickle.dumps(mine)) is mine and copy.deepcopy([mine])[0] is mine and {mine: 1}[mine] == 1


def test_there_is_one_object_for_a_type_and_numpy_takes_it():
    x = mg.ones(2)
    assert x.dtype is mg.float32 and x.double().dtype is mg.float64 and (x > 0).dtype is mg.bool and mg.float is mg.float32
    assert x.dtype != mg.float64 and x.dtype != mg.bfloat16 and x.dtype not in (mg.float16, mg.complex64) and mg.float32 != "float32"
    assert np.zeros(3, dtype=mg.float32).dtype == np.ones(3).astype(x.dtype).dtype == np.float32 == mg.float32 == np.dtype("float32")
    assert mg.ones(1, dtype=np.float64).dtype is mg.ones(1, dtype=mg.float64).dtype is mg.float64
    assert mg.float32.to_complex() is mg.complex64 and mg.float64.to_complex() is mg.complex128


@pytest.mark.parametrize("make", [
    lambda d: mg.zeros(2, dtype=d), lambda d: mg.ones(2).to(d), lambda d: mg.tensor([1.0], dtype=d), lambda d: mg.nn.Linear(2, 2, dtype=d),
    lambda d: mg.nn.Linear(2, 2).to(d), lambda d: mg.ones(2).sum(dtype=d), lambda d: mg.randn(2, dtype=d), lambda d: mg.arange(3, dtype=d),
    lambda d: mg.ones(2).type(d), lambda d: mg.full((2,), 1, dtype=d), lambda d: mg.set_default_dtype(d)])
def test_types_that_are_not_here_are_refused_by_name(make):
    for d in (mg.bfloat16, mg.complex64):
        with pytest.raises(NotImplementedError, match=str(d)):
            make(d)


OLD = """FloatTensor([1,2]) LongTensor([1.,2.]) IntTensor([1,2]) BoolTensor([1,0]) ByteTensor([1,255]) HalfTensor([1.]) DoubleTensor([1.5]) Tensor([1,2])
    Tensor((2,3)) Tensor() LongTensor() Tensor([m.tensor(1.),2]) Tensor(range(3)) Tensor(2,3).shape Tensor(m.Size([2,3])).shape LongTensor(2,3).shape
    FloatTensor(2,3).type() ones(2).type() ones(2).type('torch.LongTensor') ones(2).type(m.LongTensor) ones(2).type(m.int32).type()
    ones(2).bool().type() zeros(2).double().type() FloatTensor FloatTensor.dtype Tensor(m.ones(2).long())""".split()


@pytest.mark.parametrize("call", OLD)
def test_old_names(call):
    mine, theirs = (repr(eval(f"m.{call}", {"m": m})) for m in (mg, torch))
    assert mine == theirs


def test_old_names_say_what_a_tensor_is_and_refuse_what_does_not_fit():
    for m in (mg, torch):
        x = m.ones(2)
        assert isinstance(x, m.FloatTensor) and isinstance(m.nn.Parameter(x), m.FloatTensor) and not isinstance(x.long(), m.FloatTensor)
        m.FloatTensor(x)[0] = 5
        assert x.tolist() == [5, 1]
        for wrong, error in ((lambda m: m.FloatTensor(m.ones(2).long()), TypeError), (lambda m: m.Tensor(2.5), TypeError),
                             (lambda m: m.ones(2).type("LongTensor"), ValueError), (lambda m: m.ones(2).type("torch.cuda.FloatTensor"), RuntimeError)):
            with pytest.raises(error):
                wrong(m)


MADE = """tensor(1.5) tensor([1.5]) tensor(1) ones(2) rand(1) randn(1) eye(2) full((1,),1.5) full((1,),1) arange(0,1,.5) arange(3) linspace(0,1,3)
    empty(1) scalar_tensor(1) Tensor([1]) tensor([1,2])/2 tensor([1])*1.5 tensor([True])*1.5 tensor([1]).exp() ones(1,dtype=m.float32)*2.5
    nn.Linear(1,1).weight nn.BatchNorm1d(1).running_mean nn.Embedding(1,1).weight zeros(1).float() tensor([1]).mean(dtype=m.float32)
    tensor([1]).clamp(min=0.5) where(m.tensor([True]),1.5,2.) tensor([m.tensor(1),2.5]) logspace(0,1,2) tensor([1]).sigmoid()""".split()


@pytest.mark.parametrize("call", MADE)
@pytest.mark.parametrize("default", ["float64", "float16"])
def test_default_dtype(default, call):
    def made(m):
        m.set_default_dtype(getattr(m, default))
        t = eval(f"m.{call}", {"m": m})
        shown = "dtype=" in repr(t)
        m.set_default_dtype(m.float32)
        return str(t.dtype), shown
    assert made(mg) == made(torch)


def test_default_dtype_by_its_old_names():
    for m in (mg, torch):
        with pytest.warns(UserWarning, match="deprecated") if m is mg else pytest.warns():
            m.set_default_tensor_type("torch.DoubleTensor")
            m.set_default_tensor_type(m.DoubleTensor)
        assert m.get_default_dtype() is m.float64 and m.tensor(0.5).type() == "torch.DoubleTensor"
        for wrong in (m.int64, "float32"):
            with pytest.raises(TypeError):
                m.set_default_dtype(wrong)
    mg.set_default_device("cpu")
    assert str(mg.get_default_device()) == "cpu"
    with pytest.raises(RuntimeError):
        mg.set_default_device("cuda")


# Numbers in lists

LISTS = """[one,2] [1,m.tensor(2.)] [True,m.tensor(2)] [[one,2],[3,4]] [one.double(),one] [one.half()] [m.tensor(3).int(),2.5] [m.tensor([[1.]]),2]
    [m.tensor(1).int(),m.tensor(1).to(m.uint8)] [one.max(),1] [np.float32(1),2] [np.float64(1),2] [1,np.float64(2)] [np.int32(1),2.] (one,2.5) []""".split()


@pytest.mark.parametrize("call", LISTS)
def test_tensors_of_lists(call):
    mine, theirs = (m.tensor(eval(call, {"m": m, "np": np, "one": m.tensor([1.0])})) for m in (mg, torch))
    assert repr(mine) == repr(theirs) and str(mine.dtype) == str(theirs.dtype) and str(mine.shape) == str(theirs.shape)
