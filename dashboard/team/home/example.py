"""One start of Home, as data."""

from dataclasses import dataclass

from shared.analyses import JobSpec


@dataclass(frozen=True)
class Start:
    """A request that shows something worth seeing within minutes on a CPU.

    Attributes:
        name: of its button.
        title: in a few words.
        sentence: what will be seen.
        spec: the request.
    """

    name: str
    title: str
    sentence: str
    spec: JobSpec
