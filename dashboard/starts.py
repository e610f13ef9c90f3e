"""One-click starts: a picture, a sentence, a button each."""

from dataclasses import dataclass

import streamlit as st

from dashboard.connection import get_client
from dashboard.drawing import grey_noise_jpeg
from dashboard.photographs import photograph_jpeg
from dashboard.view_state import open_run
from shared.client import Client
from shared.job_specs import FilterAtlas
from shared.sample_pictures import SAMPLES


@dataclass(frozen=True)
class Start:
    """A request that shows something worth seeing within minutes on a CPU."""

    title: str
    sentence: str
    spec: FilterAtlas


def _mobilenet(image: str, layer: str) -> FilterAtlas:
    return FilterAtlas(
        model="keras/mobilenetv2/imagenet", layer=layer, image=image, channels=tuple(range(24)), size=128, steps=20
    )


STARTS = [
    Start("The cat, redrawn by each filter", "24 early filters of MobileNetV2 push a photograph towards what "
          "excites them.", _mobilenet("sample/cat", "block_3_expand")),
    Start("Coffee, one stage deeper", "The same from the middle of the network, where textures take over.",
          _mobilenet("sample/coffee", "block_6_expand")),
    Start("The astronaut, near the top", "Late filters impose parts of things on a portrait.",
          _mobilenet("sample/astronaut", "block_13_expand")),
    Start("What VGG16's filters want to see", "No photograph: 64 channels of block2_conv2, each climbed from grey "
          "noise.", FilterAtlas(model="keras/vgg16/imagenet", layer="block2_conv2", channels=tuple(range(64)),
                                size=96, steps=30)),
]  # fmt: skip


BUTTONS = {"complete": "Open", "running": "Watch", "queued": "Watch", "lost": "Watch"}


def show_starts() -> None:
    """Draw the starts side by side."""
    client = get_client()
    runs = client.store.runs.get_many([client.resolve(start.spec).key() for start in STARTS])
    for column, start, run in zip(st.columns(len(STARTS)), STARTS, runs, strict=True):
        with column:
            _show(client, start, BUTTONS.get(run.status, "Start"))


def _show(client: Client, start: Start, label: str) -> None:
    image = start.spec.image
    picture = photograph_jpeg(image) if image else grey_noise_jpeg(480, 320)
    with st.container(border=True, height="stretch", vertical_alignment="distribute"):
        with st.container():
            st.image(picture, alt=SAMPLES.get((image or "").removeprefix("sample/"), "Grey noise"), width="stretch")
            st.markdown(f"**{start.title}**")
            st.caption(start.sentence)
        if st.button(label, key=f"start-{start.spec.layer}", width="stretch"):
            key, _ = client.submit(start.spec)
            open_run(key)
