"""The record of `class_maximization`."""

from shared.analyses.class_maximization.spec import ClassMaximization
from shared.analyses.kind import Kind

KIND = Kind(ClassMaximization, title="Class images", noun="class images", part="picture")
