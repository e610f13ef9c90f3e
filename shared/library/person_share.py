"""A person's share of the queue, the cache, the file store and of uploads: what of it is used, and when it is refused.

Whoever asks for a run, adds a file or keeps a result is asked here, be it on a page, by a command or over HTTP. Where
people sign in, administrators have no bounds.
"""

from dataclasses import dataclass
from typing import Protocol

from shared.errors import ShareUsedUp
from shared.library.library import Library
from shared.library.people import Person, is_admin

MEGABYTE, GIGABYTE = 1024**2, 1024**3
RAISE = "An administrator may raise"


class CountsRuns(Protocol):
    """What the store knows of a person's runs."""

    def live_of(self, by: str, queue: str) -> int:
        """How many wait or compute in a queue."""

    def bytes_of(self, by: str) -> int:
        """Bytes of their results in the cache."""


@dataclass(frozen=True)
class PersonShare:
    """One person's share.

    Attributes:
        library: of the installation.
        me: whose share.
    """

    library: Library
    me: Person

    @property
    def bounded(self) -> bool:
        """Whether the bounds hold for this person."""
        settings = self.library.settings
        return not (settings.sign_in and is_admin(self.me.address, settings))

    def most(self, name: str) -> int:
        """A bound by its setting's name, such as "person_runs"; 0 for none."""
        return int(getattr(self.library.settings, name)) if self.bounded else 0

    def require_runs(self, runs: CountsRuns, queue: str, number: int) -> None:
        """Refuse runs of which not all would get into a queue.

        Raises:
            ShareUsedUp: with the numbers.
        """
        most = self.most("person_runs")
        if most and (live := runs.live_of(self.me.address, queue)) + number > most:
            raise ShareUsedUp(runs_refusal(most, queue, live, number))

    def require_results(self, runs: CountsRuns) -> None:
        """Refuse a run of somebody whose results fill their part of the cache.

        Raises:
            ShareUsedUp: with the numbers.
        """
        most = self.most("person_results")
        if most and (used := runs.bytes_of(self.me.address)) >= most:
            raise ShareUsedUp(
                f"Expected at most {size_words(most)} of results in the cache that one person asked for. You have "
                f"{size_words(used)}. Delete some on the page Storage. {RAISE} CONVSCOPE_PERSON_RESULTS."
            )

    def require_files(self, size: int) -> None:
        """Refuse what is to be kept, where it takes more than is left.

        Raises:
            ShareUsedUp: with the numbers.
        """
        most = self.most("person_files")
        if most and (used := self.library.ledger.kept(self.me.address)) + size > most:
            raise ShareUsedUp(
                f"Expected at most {size_words(most)} of models, pictures, data sets and kept results of one person. "
                f"You have {size_words(used)}, and this has {size_words(size)}. Delete what you no longer need, or "
                f"choose a smaller file. {RAISE} CONVSCOPE_PERSON_FILES."
            )

    def require_upload(self, size: int) -> None:
        """Refuse a file, where it is more than a person may add in a day, or may keep.

        Raises:
            ShareUsedUp: with the numbers.
        """
        most = self.most("person_uploads")
        if most and (used := self.library.ledger.added(self.me.address)) + size > most:
            raise ShareUsedUp(
                f"Expected at most {size_words(most)} that one person adds within 24 hours. You have added "
                f"{size_words(used)}, and this has {size_words(size)}. Go on tomorrow, or choose a smaller file. "
                f"{RAISE} CONVSCOPE_PERSON_UPLOADS."
            )
        self.require_files(size)


def runs_refusal(most: int, queue: str, live: int, number: int) -> str:
    """Why runs are not taken, in numbers."""
    asked = "one more" if number == 1 else f"{number:,} more"
    return (
        f"Expected at most {most:,} runs of one person that wait or compute in the {queue} queue. You have {live:,} "
        f"and ask for {asked}. Wait for some, or cancel some on the page Jobs. {RAISE} CONVSCOPE_PERSON_RUNS."
    )


def size_words(size: int) -> str:
    """Bytes as people say them: "900 bytes", "1.5 MB", "50 GB"."""
    for unit, word in ((GIGABYTE, "GB"), (MEGABYTE, "MB"), (1024, "KB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {word}"
    return f"{size} bytes"
