"""What can go wrong, each as one sentence or two that say what to do."""


class ConvscopeError(Exception):
    """Anything that this package raises."""


class UnreachableError(ConvscopeError):
    """The server does not answer, or something else answers in its place."""


class RefusedError(ConvscopeError):
    """The server refuses a request, and says why.

    Attributes:
        status: of HTTP: 400 a wrong request, 401 no good token, 403 somebody else's, 404 not there, 413 too large.
    """

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class OutdatedError(ConvscopeError):
    """Package and server do not fit each other."""


class RunFailedError(ConvscopeError):
    """A run failed; the message is the worker's."""


class RunCancelledError(ConvscopeError):
    """Somebody cancelled a run that was waited for."""
