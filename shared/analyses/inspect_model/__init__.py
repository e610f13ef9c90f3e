"""The record of `inspect_model`."""

from shared.analyses.inspect_model.spec import InspectModel
from shared.analyses.kind import Kind

KIND = Kind(InspectModel, title="Layer table", noun="layer table", part="table", unasked=True, quick=True)
