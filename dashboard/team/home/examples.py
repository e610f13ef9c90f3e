"""One-click starts: a picture, a sentence, a button each."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st
from PIL import Image

from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.team.home.bundled_starts import BUNDLED_STARTS, Start
from dashboard.widgets.address import open_run
from dashboard.widgets.current import imagenet_references
from dashboard.widgets.drawing import thumbnail_jpeg
from shared.analyses import (
    Activations,
    Attribution,
    ClassMaximization,
    DeepDream,
    FilterAtlas,
    Playground,
    TrainingRun,
)
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.client import Client, thumbnail
from shared.results import decode_part
from shared.store import RunRecord

STARTS = [
    Start("maps", "What a network sees in a cat", "The photograph through all layers of MobileNetV2: every "
          "channel's map, and what it takes it for.",
          Activations(model="keras/mobilenetv2/imagenet", image="sample/cat")),
    Start("heat-map", "Why a cat, and where?", "The same photograph and the network's three likeliest classes: where "
          "each has its evidence, and whether to believe it.",
          Attribution(model="keras/mobilenetv2/imagenet", image="sample/cat", top=3)),
    Start("filters", "Three random filters", "No training at all: a convolution of 3 × 3, to change and to stack. "
          "Needs no weights.", Playground(image="sample/astronaut")),
    Start("digits", "Digits in two minutes", "A small convnet learns 1,079 tiny pictures, and shows after every epoch "
          "where it sees a 2 and a 7. Needs no weights.",
          TrainingRun(dataset="builtin/digits", epochs=20, watch=(1444, 1448))),
    Start("redrawn", "Coffee, redrawn by each filter", "24 filters of MobileNetV2 push a photograph towards what "
          "excites them.",
          FilterAtlas(model="keras/mobilenetv2/imagenet", layer="block_3_expand", image="sample/coffee",
                      channels=tuple(range(24)), size=128, mode="classic", steps=20)),
    Start("atlas", "What excites VGG16's filters", "No photograph: 64 channels of block2_conv2, each made by "
          "gradient ascent from grey noise.",
          FilterAtlas(model="keras/vgg16/imagenet", layer="block2_conv2", channels=tuple(range(64)), size=96)),
    Start("channel", "One channel, from every side", "What excites it most, what silences it, four facets that must "
          "differ, and how it was made.",
          ChannelPortrait(model="keras/mobilenetv2/imagenet", layer="block_6_expand_relu", channel=20, size=128)),
    Start("dream", "Dogs on the launch pad", "Deep Dream: the photograph is changed until MobileNetV2's middle layers "
          "respond strongly.", DeepDream(model="keras/mobilenetv2/imagenet", image="sample/rocket", octaves=5)),
    Start("class-images", "Sure is not seeing", "A sea snake and a magpie as the network would have them, the naive "
          "run beside a better one.", ClassMaximization(model="keras/mobilenetv2/imagenet", classes=(65, 18))),
]  # fmt: skip
# More than so many side by side are too narrow to read.
IN_A_ROW = 5


# Made by docs/home/make.py.
PICTURES = Path(__file__).parent / "pictures"
SIZE = (360, 240)
VERBS = {"complete": "Open", "running": "Watch", "queued": "Watch", "lost": "Watch"}
# What the button of a start names, so that no two are called alike.
NOUNS = {
    "maps": "the maps", "heat-map": "the heat map", "filters": "the filters", "digits": "the training",
    "redrawn": "the redrawn coffee", "atlas": "the atlas", "channel": "the channel", "dream": "the dream",
    "class-images": "the class images",
}  # fmt: skip


def show_starts() -> None:
    """Draw the starts side by side, in equal rows."""
    client = get_client()
    shown = starts_with(imagenet_references(client))
    runs = client.store.runs.get_many([client.resolve(start.spec).key() for start in shown])
    rows = -(-len(shown) // IN_A_ROW)
    width = -(-len(shown) // rows)
    columns = [column for _ in range(rows) for column in st.columns(width)]
    for column, start, run in zip(columns, shown, runs, strict=False):
        with column:
            _show(client, start, run)


def starts_with(imagenet: Mapping[str, str]) -> Sequence[Start]:
    """The starts with the weights that are to be had.

    Args:
        imagenet: architectures with ImageNet weights, each with the reference to use; where a start's own is missing,
            the bundled network takes its place.
    """
    found = []
    for start in STARTS:
        source, architecture, *_ = [*str(getattr(start.spec, "model", "")).split("/"), ""]
        if source != "keras":
            found.append(start)
        elif architecture in imagenet:
            found.append(replace(start, spec=start.spec.model_copy(update={"model": imagenet[architecture]})))
        else:
            found.append(BUNDLED_STARTS[start.name])
    return found


def _show(client: Client, start: Start, run: RunRecord) -> None:
    picture, alt = start_picture(start, run)
    with st.container(border=True, height="stretch", vertical_alignment="distribute"):
        with st.container():
            st.image(picture, alt=alt, width="stretch")
            st.markdown(f"**{start.title}**")
            st.caption(start.sentence)
        if st.button(start_label(start, run), key=f"start-{start.name}", width="stretch"):
            key, _ = client.submit(start.spec)
            open_run(key)


def start_label(start: Start, run: RunRecord) -> str:
    """What its button says: "Show the heat map" before it is computed."""
    return f"{VERBS.get(run.status, 'Show')} {NOUNS[start.name]}"


def start_picture(start: Start, run: RunRecord) -> tuple[bytes, str]:
    """What a start makes, as a JPEG, and in words: its own result once there, else the bundled network's."""
    if run.status == "complete" and (made := _made(run.key, run.finished_at)):
        return made, f"{start.title}: what it made"
    return (PICTURES / f"{start.name}.jpg").read_bytes(), f"{start.title}: what it makes"


@bounded_cache(16)
def _made(key: str, _finished_at: float) -> bytes:
    client = get_client()
    small = thumbnail(
        client.record(key), {index: decode_part(data) for index, data in client.results.parts(key).items()}
    )
    return thumbnail_jpeg(Image.open(io.BytesIO(small)), *SIZE) if small else b""
