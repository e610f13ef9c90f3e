"""What TensorFlow computes otherwise when it compiles a network, and how it is kept from that."""

import keras
import tensorflow as tf

from worker.networks.capture import walk, walk_operations


def keep_slopes(network: keras.Model) -> None:
    """Have TensorFlow compute a LeakyReLU as it is, in this process from now on, where a network has one.

    Its fused kernel on a processor takes a convolution, a sum and a LeakyReLU together, and then always with a slope of
    0.2 (TensorFlow 2.21). Without such kernels a large network takes up to 1.4 times as long.

    Args:
        network: just loaded, not compiled yet.
    """
    parts = [*walk(network), *walk_operations(network)]
    kinds = {type(one).__name__ for _, part in parts for one in (part, getattr(part, "activation", None))}
    if kinds & {"LeakyReLU", "LeakyRelu"}:
        tf.config.optimizer.set_experimental_options({"remapping": False})
