"""One installation, asked from Python: `from shared.client import Client`."""

from shared.client.client import Client, Result

__all__ = ["Client", "Result"]
