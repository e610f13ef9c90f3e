"""Pictures on their way into a network and out of it.

In: `datasets` (batches for training), whose pictures are `resized`, `augmentation`, `picture_sizes`, `targets` (what is
right of each), `judge` (what a network says beside it). Out: `drawn_pictures`.
"""
