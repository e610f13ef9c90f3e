"""The record of `channel_portrait`."""

from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.analyses.kind import Kind, Pictures

KIND = Kind(
    ChannelPortrait,
    title="Channel",
    noun="portrait",
    part="picture",
    pictures=Pictures(first=("portrait.png",), large=("portrait.png",)),
    thumbnail="image",
)
