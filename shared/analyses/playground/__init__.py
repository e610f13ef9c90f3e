"""The record of `playground`."""

from shared.analyses.kind import Kind
from shared.analyses.playground.spec import Playground

KIND = Kind(Playground, title="Playground", noun="picture", part="stage", trial=True, quick=True)
