"""How many channels are optimized at once: what a card's memory holds, or what a processor's caches bear."""

# On a processor a batch gains until its activations leave the caches: at VGG16 block3_conv1, 128 px, bfloat16,
# 8.6, 5.4, 5.7 and 6.3 ms a step and channel with 1, 4, 8 and 16 channels. Smaller ones also show tiles sooner.
CPU_WORKING_SET = 320 * 1024**2


CPU_BATCHES = (4, 16)


MAX_BATCH = 256


# Share of a card's memory that one batch's activations may take; the rest is weights and workspace.
BATCH_SHARE = 0.5


def channel_batch(bytes_per_picture: int, memory: int) -> int:
    """How many channels to optimize at once.

    Args:
        bytes_per_picture: activations and gradients of one picture.
        memory: bytes of the device; 0 for the processor.

    Returns:
        1 .. 256.
    """
    if memory <= 0:
        least, most = CPU_BATCHES
        return max(least, min(most, CPU_WORKING_SET // max(1, bytes_per_picture)))
    return max(1, min(MAX_BATCH, int(memory * BATCH_SHARE) // max(1, bytes_per_picture)))
