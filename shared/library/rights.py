"""Who may do what, where people sign in: one table, asked on the server by whatever changes something.

Without sign-in everybody is an administrator, as is whoever has a shell on the server. What is only looked at is open
to all who may enter.
"""

from typing import Literal

from shared.errors import NotAllowed, message
from shared.library.people import Person

Rule = Literal["anybody", "owner", "administrator"]

# Owners: of a run whoever asked for it first, of a pin, plan, link, note or token whoever made it, of a model, picture
# or data set whoever added it. Administrators may do all of it.
RIGHTS: dict[str, Rule] = {
    "submit a run": "anybody",
    "retry a run": "anybody",
    "cancel a run": "owner",
    "delete a result": "owner",
    "pin a result": "anybody",
    "rename a pinned result": "owner",
    "unpin a result": "owner",
    "import a result": "anybody",
    "share a result": "anybody",
    "take a share link back": "owner",
    "start a plan": "anybody",
    "resume a plan": "anybody",
    "cancel a plan": "owner",
    "write a note": "anybody",
    "take a note back": "owner",
    "make a token": "anybody",
    "take a token back": "owner",
    "rename a model": "owner",
    "rename a picture": "owner",
    "rename a data set": "owner",
    "delete a model": "owner",
    "delete a picture": "owner",
    "delete a data set": "owner",
    "set the budget": "administrator",
}


def may(person: Person, action: str, *owners: str) -> bool:
    """Whether somebody may do something.

    Args:
        person: who asks.
        action: of RIGHTS.
        owners: of what it is done to.
    """
    rule = RIGHTS[action]
    return rule == "anybody" or person.admin or (rule == "owner" and bool(person.address) and person.address in owners)


def require(person: Person, action: str, *owners: str) -> None:
    """Refuse what somebody may not do; see may().

    Raises:
        NotAllowed: with whom to ask.
    """
    if may(person, action, *owners):
        return
    whose = " or ".join(dict.fromkeys(filter(None, owners))) or "nobody known"
    if RIGHTS[action] == "administrator":
        raise NotAllowed(message(f"an administrator, to {action}", person.address, "Ask one."))
    raise NotAllowed(
        message(f"{whose} or an administrator, to {action}", person.address or "nobody", "Ask one of them.")
    )
