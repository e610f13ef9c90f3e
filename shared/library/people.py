"""Who may enter and who may delete, where people sign in."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.settings import Settings


@dataclass(frozen=True)
class Person:
    """Somebody at a page.

    Attributes:
        address: e-mail address in lower case; the login name where nobody signs in.
        name: for people.
        admin: whether they may delete what others made, and set budgets.
    """

    address: str
    name: str = ""
    admin: bool = False


def confirmed_address(claims: Mapping[str, Any], settings: Settings) -> str:
    """E-mail address in lower case of what a provider says of somebody; "" unless it says that the address is theirs.

    Only `true` says so, or the word, as some providers have it: whoever may choose their address would otherwise enter
    as anybody. Where a provider never says it, CONVSCOPE_OIDC_CONFIRMED takes the administrator's word.
    """
    said = claims.get("email_verified")
    confirmed = said is True or (isinstance(said, str) and said.strip().lower() == "true")
    if said is None:
        confirmed = settings.oidc_confirmed
    email = claims.get("email")
    return email.strip().lower() if confirmed and isinstance(email, str) else ""


def may_enter(address: str, settings: Settings) -> bool:
    """Whether an address is among CONVSCOPE_PEOPLE, by itself or by its domain.

    A domain stands for its own addresses only: example.org lets in ada@example.org, neither ada@sub.example.org nor
    ada@notexample.org.
    """
    address = address.strip().lower()
    name, at, domain = address.rpartition("@")
    return bool(name and at and domain) and bool({address, domain, f"@{domain}"} & _words(settings.people))


def is_admin(address: str, settings: Settings) -> bool:
    """Whether an address is among CONVSCOPE_ADMINS; without sign-in everybody is."""
    return not settings.sign_in or address.strip().lower() in _words(settings.admins)


def _words(text: str) -> set[str]:
    return {word.strip().lower() for word in text.replace(";", ",").split(",") if word.strip()}


def login_name() -> str:
    """Who runs this process, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
