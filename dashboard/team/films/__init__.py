"""Films of trainings: the same channels and pictures, epoch by epoch."""
