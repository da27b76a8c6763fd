"""minigrad beside PyTorch and its peers: `make bench`."""
