"""The rest of PyTorch's names: short compositions over the table, to look up, not to read through."""
