"""The first PyTorch listing of the series, as it was printed there; only the loss is written down as well."""
import torch
import torch.nn as nn
import torch.optim as optim

# A simple data set
X = torch.randn(100, 3)                  # 100 samples with 3 features
y = torch.randint(0, 2, (100,))          # 100 class labels (0 or 1)


# A simple neural network
class SimpleNN(nn.Module):
    def __init__(self):
        super(SimpleNN, self).__init__()
        self.fc1 = nn.Linear(3, 5)       # first layer: 3 inputs, 5 outputs
        self.fc2 = nn.Linear(5, 2)       # second layer: 5 inputs, 2 outputs (classes)
        self.softmax = nn.Softmax(dim=1)  # for the probabilities of the classes

    def forward(self, x):
        x = torch.relu(self.fc1(x))      # the activation ReLU
        x = self.fc2(x)                  # second layer
        x = self.softmax(x)              # turned into probabilities
        return x


# The model
model = SimpleNN()

# The loss and the optimizer
criterion = nn.CrossEntropyLoss()        # cross-entropy for several classes
optimizer = optim.SGD(model.parameters(), lr=0.01)    # stochastic gradient descent

# Training
losses = []
num_epochs = 100
for epoch in range(num_epochs):
    outputs = model(X)                   # forward
    loss = criterion(outputs, y)         # the loss
    optimizer.zero_grad()                # forget the gradients
    loss.backward()                      # backward: compute the gradients
    optimizer.step()                     # change the parameters
    losses.append(loss.item())
