"""Files in the formats that PyTorch's world exchanges: its own, and safetensors."""
from . import kinds, pytorch, safetensors
