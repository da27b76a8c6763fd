"""Tables: the walk of backward, and what reaches each layer."""
