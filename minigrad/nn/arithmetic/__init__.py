"""The larger families of `nn.functional`, a file each: activations, images, norms, attention, losses."""
