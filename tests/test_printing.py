"""What a page shows, where PyTorch is missing: strings that PyTorch 2.13 gave (test_torch_printing.py compares with it)."""
import pytest

import minigrad as mg

SHOWN = {
    'm.tensor([1., 2.])': 'tensor([1., 2.])',
    'm.tensor(3)': 'tensor(3)',
    'm.tensor([1e10, 1.])': 'tensor([1.0000e+10, 1.0000e+00])',
    'm.tensor([0.001, 1000.])': 'tensor([1.0000e-03, 1.0000e+03])',
    'm.tensor([1.5, 1234.5])': 'tensor([   1.5000, 1234.5000])',
    'm.tensor([[-2.4852], [-0.1744]])': (
        'tensor([[-2.4852],\n'
        '        [-0.1744]])'
    ),
    'm.tensor([True, False])': 'tensor([ True, False])',
    'm.tensor([1, 20, -300])': 'tensor([   1,   20, -300])',
    "m.tensor([float('nan'), 1., float('inf')])": 'tensor([nan, 1., inf])',
    'm.tensor([])': 'tensor([])',
    'm.zeros(0, 3)': 'tensor([], size=(0, 3))',
    'm.zeros(0).long()': 'tensor([], dtype=torch.int64)',
    'm.ones(2, dtype=m.float64)': 'tensor([1., 1.], dtype=torch.float64)',
    'm.ones(2).int()': 'tensor([1, 1], dtype=torch.int32)',
    'm.tensor([0.25, 1e-5])': 'tensor([2.5000e-01, 1.0000e-05])',
    'm.arange(30)': (
        'tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n'
        '        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])'
    ),
    'm.arange(1500).reshape(3, 500)': (
        'tensor([[   0,    1,    2,  ...,  497,  498,  499],\n'
        '        [ 500,  501,  502,  ...,  997,  998,  999],\n'
        '        [1000, 1001, 1002,  ..., 1497, 1498, 1499]])'
    ),
    'm.arange(8.).reshape(2, 2, 2)': (
        'tensor([[[0., 1.],\n'
        '         [2., 3.]],\n'
        '\n'
        '        [[4., 5.],\n'
        '         [6., 7.]]])'
    ),
    'm.ones(2, requires_grad=True)': 'tensor([1., 1.], requires_grad=True)',
    'm.ones(1, requires_grad=True) + 1': 'tensor([2.], grad_fn=<AddBackward0>)',
    'm.ones(1, requires_grad=True).sigmoid()': 'tensor([0.7311], grad_fn=<SigmoidBackward0>)',
    'm.ones(1, 2, requires_grad=True) @ m.ones(2, 1)': 'tensor([[2.]], grad_fn=<MmBackward0>)',
    'm.ones(2, requires_grad=True).mean()': 'tensor(1., grad_fn=<MeanBackward0>)',
    'm.nn.functional.mse_loss(m.ones(2, requires_grad=True), m.zeros(2))': 'tensor(1., grad_fn=<MseLossBackward0>)',
    'm.nn.Parameter(m.zeros(2))': (
        'Parameter containing:\n'
        'tensor([0., 0.], requires_grad=True)'
    ),
    'm.tensor([[1., 5.], [3., 2.]]).max(1)': (
        'torch.return_types.max(\n'
        'values=tensor([5., 3.]),\n'
        'indices=tensor([1, 0]))'
    ),
    'm.tensor([3., 1.]).sort()': (
        'torch.return_types.sort(\n'
        'values=tensor([1., 3.]),\n'
        'indices=tensor([1, 0]))'
    ),
    'm.zeros(2, 3).shape': 'torch.Size([2, 3])',
    'm.ones(1).dtype': 'torch.float32',
    'm.ones(1).long().dtype': 'torch.int64',
    'm.zeros(2, 3).shape + (4,)': 'torch.Size([2, 3, 4])',
    'm.ones(1).type()': "'torch.FloatTensor'",
    'nn.Linear(3, 5)': 'Linear(in_features=3, out_features=5, bias=True)',
    'nn.Conv2d(1, 5, 3)': 'Conv2d(1, 5, kernel_size=(3, 3), stride=(1, 1))',
    'nn.Sequential(nn.Linear(2, 3), nn.ReLU())': (
        'Sequential(\n'
        '  (0): Linear(in_features=2, out_features=3, bias=True)\n'
        '  (1): ReLU()\n'
        ')'
    ),
    'nn.ModuleList([nn.Linear(2, 2)] * 3)': (
        'ModuleList(\n'
        '  (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)\n'
        ')'
    ),
    'nn.MaxPool2d(2)': 'MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)',
    'nn.Dropout(0.2)': 'Dropout(p=0.2, inplace=False)',
    'nn.BatchNorm2d(4)': 'BatchNorm2d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)',
    'nn.LayerNorm(5)': 'LayerNorm((5,), eps=1e-05, elementwise_affine=True, bias=True)',
    'nn.Embedding(10, 3)': 'Embedding(10, 3)',
    'nn.CrossEntropyLoss()': 'CrossEntropyLoss()',
}


@pytest.mark.parametrize("call", SHOWN)
def test_printed_as_pytorch_prints_it(call):
    assert repr(eval(call, {"m": mg, "nn": mg.nn})) == SHOWN[call]
