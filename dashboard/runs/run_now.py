"""Runs that take a blink: asked for as soon as they are chosen, and awaited."""

from contextlib import suppress

from shared.analyses import JobSpec
from shared.client import Client

# How long a page waits for a warm answer before it shows a bar: most take a tenth of that.
AT_ONCE_SECONDS = 1.0
# In the session: somebody clicked on a heat map, here or on another page, so it is asked for at once.
GO = "attribution/go"


def compute_now(client: Client, spec: JobSpec) -> str:
    """Submit what nobody has asked for; wait the blink that an idle worker needs.

    Returns:
        The run's key.
    """
    key = spec.key()
    if client.record(key).status == "absent":
        client.submit(spec)
    if any(w.queue == spec.queue and w.state == "idle" for w in client.store.workers.all()):
        with suppress(TimeoutError):  # the bar takes over
            client.wait(key, timeout=AT_ONCE_SECONDS)
    return key
