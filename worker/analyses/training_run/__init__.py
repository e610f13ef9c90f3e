"""Training: networks, bases, features, the loop, checkpoints."""
