"""Whether ImageNet weights are to be had on this machine: from Keras's own folder, or by download."""

import re
import urllib.error
import urllib.request

from shared.library.architectures import ARCHITECTURES
from shared.settings import Settings, keras_home

HOST = "https://storage.googleapis.com/tensorflow/keras-applications/"
SECONDS = 5.0
# A file's name in letters and digits, with the head, of an architecture.
FILE = r"(weights)?{}(weights|10224tf|224|h5$)"
# The networks that pages start with; whole, for those that answer with a class. One that responds stands for the rest.
FILES = {
    "mobilenetv2": "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
    "vgg16": "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
}


def imagenet_at_hand(settings: Settings, host: str = HOST) -> tuple[str, ...]:
    """Architectures whose ImageNet weights this machine has, or can download.

    Args:
        settings: `offline` asks nothing of the internet; only files count.
        host: where the weights lie, as Keras has it.
    """
    folder = keras_home() / "models"
    names = [re.sub(r"[_\W]", "", path.name.lower()) for path in folder.glob("*.h5")]
    kept = [name for name in names if "notop" not in name]
    found = {name for name in ARCHITECTURES if any(re.match(FILE.format(name), file) for file in kept)}
    loads = {name: not settings.offline and name not in found and _responds(host + path)
             for name, path in FILES.items()}  # fmt: skip
    found |= {name for name in ARCHITECTURES if any(loads.values()) and loads.get(name, True)}
    return tuple(sorted(found))


def _responds(url: str) -> bool:
    """Whether a file can be downloaded; only its header is asked for."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
