"""Whether ImageNet weights are to be had on this machine: from Keras's own folder, or by download."""

import urllib.error
import urllib.request

from shared.settings import Settings, keras_home

HOST = "https://storage.googleapis.com/tensorflow/keras-applications/"
SECONDS = 5.0
# The networks that pages start with; whole, for those that answer with a class.
FILES = {
    "mobilenetv2": "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
    "vgg16": "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
}


def imagenet_at_hand(settings: Settings, host: str = HOST) -> tuple[str, ...]:
    """Architectures whose ImageNet weights this machine has, or can download; of those that pages start with.

    Args:
        settings: `offline` asks nothing of the internet; only files count.
        host: where the weights lie, as Keras has it.
    """
    folder = keras_home() / "models"
    return tuple(
        name for name, path in FILES.items()
        if (folder / path.rsplit("/", 1)[-1]).exists() or (not settings.offline and _responds(host + path))
    )  # fmt: skip


def _responds(url: str) -> bool:
    """Whether a file can be downloaded; only its header is asked for."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
