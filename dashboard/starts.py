"""One-click starts: a picture, a sentence, a button each."""

from dataclasses import dataclass

import streamlit as st

from dashboard.connection import get_client
from dashboard.drawing import grey_noise_jpeg
from dashboard.photographs import photograph_jpeg
from dashboard.view_state import open_run
from shared.client import Client
from shared.job_specs import Activations, FilterAtlas, JobSpec, Playground
from shared.sample_pictures import SAMPLES


@dataclass(frozen=True)
class Start:
    """A request that shows something worth seeing within minutes on a CPU."""

    name: str
    title: str
    sentence: str
    spec: JobSpec


STARTS = [
    Start("activations", "What a network sees in a cat", "The photograph through all layers of MobileNetV2: every "
          "channel's map, and what it takes it for.",
          Activations(model="keras/mobilenetv2/imagenet", image="sample/cat")),
    Start("playground", "Three random filters", "No training at all: a convolution of 3 × 3, to change and to stack. "
          "Needs no weights.", Playground(image="sample/astronaut")),
    Start("redrawn", "Coffee, redrawn by each filter", "24 filters of MobileNetV2 push a photograph towards what "
          "excites them.",
          FilterAtlas(model="keras/mobilenetv2/imagenet", layer="block_3_expand", image="sample/coffee",
                      channels=tuple(range(24)), size=128, steps=20)),
    Start("atlas", "What VGG16's filters want to see", "No photograph: 64 channels of block2_conv2, each climbed "
          "from grey noise.",
          FilterAtlas(model="keras/vgg16/imagenet", layer="block2_conv2", channels=tuple(range(64)), size=96,
                      steps=30)),
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
    image = getattr(start.spec, "image", None)
    picture = photograph_jpeg(image) if image else grey_noise_jpeg(480, 320)
    with st.container(border=True, height="stretch", vertical_alignment="distribute"):
        with st.container():
            st.image(picture, alt=SAMPLES.get((image or "").removeprefix("sample/"), "Grey noise"), width="stretch")
            st.markdown(f"**{start.title}**")
            st.caption(start.sentence)
        if st.button(label, key=f"start-{start.name}", width="stretch"):
            key, _ = client.submit(start.spec)
            open_run(key)
