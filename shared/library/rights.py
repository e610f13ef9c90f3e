"""Who may do what, where people sign in: one table, asked on the server by whatever changes something. A test walks
over every method, page, command and address, and each must have its row here.

Without sign-in everybody is an administrator, as is whoever has a shell on the server. What is only looked at is open
to all who may enter.
"""

from typing import Literal, NamedTuple

from shared.errors import NotAllowed, message
from shared.library.people import Person

Rule = Literal["anybody", "owner", "administrator"]
# What a script's token may be good for.
Scope = Literal["read", "submit", "upload"]
SCOPES: tuple[Scope, ...] = ("read", "submit", "upload")


class Right(NamedTuple):
    """Who may do something.

    Attributes:
        rule: whoever may enter, its owner, or administrators.
        scope: that a token needs for it; None where no token is enough.
    """

    rule: Rule
    scope: Scope | None = None


# Owners: of a run whoever asked for it first, of a pin, plan, link, note, collection, film or token whoever made it, of
# a model, picture or data set whoever added it. Administrators may do all of it. To replace is to have a name stand
# for something else.
RIGHTS: dict[str, Right] = {
    "look at what is there": Right("anybody", "read"),
    "submit a run": Right("anybody", "submit"),
    "retry a run": Right("anybody", "submit"),
    "cancel a run": Right("owner", "submit"),
    "delete a result": Right("owner", "upload"),
    "pin a result": Right("anybody", "submit"),
    "rename a pinned result": Right("owner"),
    "unpin a result": Right("owner"),
    "import a result": Right("anybody"),
    "make a collection": Right("anybody", "upload"),
    "change a collection": Right("owner", "upload"),
    "delete a collection": Right("owner", "upload"),
    "start a film": Right("anybody", "submit"),
    "add to a film": Right("owner", "submit"),
    "delete a film": Right("owner", "upload"),
    "share a result": Right("anybody", "submit"),
    "take a share link back": Right("owner", "submit"),
    "start a plan": Right("anybody", "submit"),
    "resume a plan": Right("anybody", "submit"),
    "cancel a plan": Right("owner", "submit"),
    "write a note": Right("anybody", "submit"),
    "take a note back": Right("owner"),
    "make a token": Right("anybody"),
    "take a token back": Right("owner"),
    "add a model": Right("anybody", "upload"),
    "add a picture": Right("anybody", "upload"),
    "add a data set": Right("anybody", "upload"),
    "replace a model": Right("owner", "upload"),
    "replace a picture": Right("owner", "upload"),
    "replace a data set": Right("owner", "upload"),
    "rename a model": Right("owner", "upload"),
    "rename a picture": Right("owner", "upload"),
    "rename a data set": Right("owner", "upload"),
    "delete a model": Right("owner", "upload"),
    "delete a picture": Right("owner", "upload"),
    "delete a data set": Right("owner", "upload"),
    "set the budget": Right("administrator"),
}


def may(person: Person, action: str, *owners: str) -> bool:
    """Whether somebody may do something.

    Args:
        person: who asks.
        action: of RIGHTS.
        owners: of what it is done to.
    """
    rule = RIGHTS[action].rule
    return rule == "anybody" or person.admin or (rule == "owner" and bool(person.address) and person.address in owners)


def require(person: Person, action: str, *owners: str) -> None:
    """Refuse what somebody may not do; see may().

    Raises:
        NotAllowed: with whom to ask.
    """
    if may(person, action, *owners):
        return
    whose = " or ".join(dict.fromkeys(filter(None, owners))) or "nobody known"
    if RIGHTS[action].rule == "administrator":
        raise NotAllowed(message(f"an administrator, to {action}", person.address, "Ask one."))
    raise NotAllowed(
        message(f"{whose} or an administrator, to {action}", person.address or "nobody", "Ask one of them.")
    )
