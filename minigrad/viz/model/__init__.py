"""A graph as the blocks of the model that made it."""
