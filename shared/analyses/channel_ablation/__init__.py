"""The record of `channel_ablation`."""

from shared.analyses.channel_ablation.spec import ChannelAblation
from shared.analyses.kind import Kind

KIND = Kind(
    ChannelAblation, title="Channel ablation", noun="ablation", part="channel", measured="channels", pictures=None
)
