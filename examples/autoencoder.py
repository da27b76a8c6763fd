"""A variational autoencoder (Kingma & Welling 2014): digits squeezed into two numbers each, and drawn from two numbers."""
import gzip
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim

DATA = Path(__file__).resolve().parents[1] / "data" / "mnist"
with gzip.open(DATA / "train-images-idx3-ubyte.gz") as file:
    pixels = np.frombuffer(file.read(16 + 1000 * 784), np.uint8, offset=16)
x = torch.tensor(pixels.reshape(1000, 784) / 255.0, dtype=torch.float32)


class VAE(nn.Module):
    def __init__(self, hidden=100, latent=2):
        super().__init__()
        self.fc1 = nn.Linear(784, hidden)
        self.fc21 = nn.Linear(hidden, latent)
        self.fc22 = nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, 784)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 784))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


torch.manual_seed(2)
model = VAE()
optimizer = optim.Adam(model.parameters(), lr=2e-3)

losses = []
for epoch in range(10):
    for batch in torch.split(x[torch.randperm(len(x))], 50):
        optimizer.zero_grad()
        recon, mu, logvar = model(batch)
        loss = loss_function(recon, batch, mu, logvar)
        loss.backward()
        optimizer.step()
        losses.append(loss.item() / len(batch))

with torch.no_grad():
    grid = torch.linspace(-1.8, 1.8, 8)
    z = torch.stack([torch.stack([a, b]) for b in grid for a in grid])
    drawn = model.decode(z).view(-1, 28, 28)
