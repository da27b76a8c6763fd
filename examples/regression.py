"""Regression: a curve through 200 noisy points."""
import math

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.linspace(-1, 1, 200).unsqueeze(1)
y = torch.sin(math.pi * x) + 0.3 * x ** 2 + 0.1 * torch.randn(200, 1)

model = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 1))
criterion = nn.SmoothL1Loss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-3)
scheduler = CosineAnnealingLR(optimizer, T_max=60)
loader = DataLoader(TensorDataset(x, y), batch_size=50, shuffle=True)

losses = []
for epoch in range(60):
    model.train()
    total = 0.0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        total += loss.item() * inputs.size(0)
    scheduler.step()
    losses.append(total / len(loader.dataset))

model.eval()
with torch.no_grad():
    fitted = model(x).squeeze(1).tolist()
