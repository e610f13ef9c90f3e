"""The record of `playground`."""

from shared.analyses.kind import Kind
from shared.analyses.playground.spec import Playground

KIND = Kind(
    Playground,
    title="Playground",
    noun="picture",
    part="stage",
    files="shared.analyses.playground.files:write_stages",
    trial=True,
    quick=True,
)
