"""Pictures on their way into a network and out of it.

In: `datasets` (batches for training), `augmentation`, `picture_sizes`. Out: `drawn_pictures`.
"""
