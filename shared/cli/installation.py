"""A Convscope to talk to: the one that runs, or an embedded one for as long as a command lasts."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.client import Client
from shared.errors import RefusedUpload, StoreUnavailable, message
from shared.process_life import child_environment
from shared.settings import Settings

START_SECONDS = 120.0


@contextmanager
def installation(settings: Settings, say: Callable[[str], None] = lambda text: None) -> Iterator[Client]:
    """A client of the running installation, or of one that is started now and stopped afterwards.

    Args:
        settings: which store and data folder.
        say: told in a sentence what takes long.

    Raises:
        StoreUnavailable: REDIS_URL is set and does not answer, or an own installation did not come up.
    """
    try:
        client = Client(settings)
        client.store.ping()
        yield client
        return
    except StoreUnavailable:
        if settings.redis_url:
            raise
    say("Starting a server and workers for this command")
    process = _start(settings)
    try:
        yield _await(settings, process)
    finally:
        process.terminate()
        process.wait(30)


def open_in_place(settings: Settings, reference: str) -> None:
    """Have a process of its own open a model once, where no server runs; what is found is kept beside the model.

    Raises:
        RefusedUpload: the model cannot be opened, or says something else here than in plain Keras.
    """
    command = [sys.executable, "-m", "worker.service.open_model", reference]
    environment = child_environment(TF_CPP_MIN_LOG_LEVEL="3", CONVSCOPE_DATA=str(settings.data.absolute()))
    done = subprocess.run(command, capture_output=True, env=environment, text=True)
    if done.returncode == -signal.SIGXCPU:
        expected = f"a model that is opened and looked through in {settings.open_seconds:,} s of a processor"
        advice = "Choose a smaller one, or set CONVSCOPE_OPEN_SECONDS."
        raise RefusedUpload(message(expected, "one that takes longer", advice))
    if done.returncode:
        last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:]
        raise RefusedUpload(last[0] if last else f"The model could not be opened: status {done.returncode}.")


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    # By name: this package must not import the worker.
    command = [sys.executable, "-m", "worker.service.main", "workers", "--data", str(settings.data.absolute())]
    quiet = {"CONVSCOPE_LOG_LEVEL": "ERROR", "TF_CPP_MIN_LOG_LEVEL": "3"}
    log = settings.data.absolute() / "workers.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, process_group=0, env=child_environment(**quiet))


def _await(settings: Settings, process: subprocess.Popen[bytes]) -> Client:
    """Wait for the first workers' reports, which also say how fast half precision is here."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            client = Client(settings)
            if {w.queue for w in client.store.workers.all()} >= {"interactive", "batch"}:
                return client
        except StoreUnavailable:
            pass
        time.sleep(0.1)
    log = settings.data.absolute() / "workers.log"
    last = log.read_text(errors="replace").strip().splitlines()
    raise StoreUnavailable(f"The workers did not start: {last[-1][:300] if last else 'no message'}. See {log}.")
