"""What the navigation knows of a page."""

from dataclasses import dataclass

# What the pages are grouped under.
NETWORKS, PICTURE, WANTED, TEAM = "Models & training", "Explain a prediction", "Feature visualization", "Team"
LEARN = "Learn"


@dataclass(frozen=True)
class PageEntry:
    """One page.

    Attributes:
        title: in the navigation and the browser's title.
        path: of its address; "" for the page one arrives on.
        icon: Material symbol.
        group: heading in the navigation; "" stands by itself.
        invitation: what Home says of it; "" where Home does not name it.
        of_network: words of the link to it beside a network that was just trained; "" for none.
        takes: what that link says of the network: `model`, `dataset`, `image` (a sample), `other` (to compare).
        after: path of the page that it follows; by default those of the analyses come first.
        file: its script, below the folder of the dashboard; that of a room is page.py.
        kinds: job kinds whose runs it shows; those of a room are its own and whichever name it as their page.
    """

    title: str
    path: str
    icon: str
    group: str = ""
    invitation: str = ""
    of_network: str = ""
    takes: tuple[str, ...] = ("model",)
    after: str = ""
    file: str = ""
    kinds: tuple[str, ...] = ()
