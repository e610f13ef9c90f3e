"""The record of `channel_switches`."""

from shared.analyses.channel_switches.spec import ChannelSwitches
from shared.analyses.kind import Kind

KIND = Kind(ChannelSwitches, title="Channel switches", noun="predictions", part="prediction", trial=True, quick=True)
