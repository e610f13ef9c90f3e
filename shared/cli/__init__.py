"""The command `convscope`."""

from shared.cli.app import app, describe, main, read_options

__all__ = ["app", "describe", "main", "read_options"]
