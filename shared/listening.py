"""Where the dashboard listens, and the address that leads there."""

import ipaddress
import socket

from shared.errors import InvalidSettings
from shared.settings import Settings

# What stands for every address of the machine, and the one of them that is always there.
WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


def listen(address: str, port: int) -> socket.socket:
    """A listening socket.

    Its protocol is named because asyncio turns Nagle's algorithm off for sockets that name TCP only. Streamlit's
    own server does not name it, and each of the hundred files of a first visit then waits up to 40 ms.

    Raises:
        InvalidSettings: the port is taken, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise InvalidSettings(
            f"Cannot listen on {address}:{port}: {error.strerror}. Choose another --port or --address."
        ) from None
    return listener


def require_door(address: str, settings: Settings) -> None:
    """Refuse to let others in where nobody would have to say who they are.

    Raises:
        InvalidSettings: the address is reached from elsewhere, nobody signs in, and nobody said that this is meant.
    """
    local = _is_local(settings.publish.rpartition(":")[0] if settings.publish else address)
    if local or settings.sign_in or settings.open:
        return
    where = f"published at {settings.publish}" if settings.publish else f"listening on {address}"
    raise InvalidSettings(
        f"Expected sign-in for a dashboard that others reach, for they could do everything. Received none, {where}. "
        "Set CONVSCOPE_OIDC_CLIENT_ID and what belongs to it (docs/deployment.md, Sign-in), stay on 127.0.0.1, or set "
        "CONVSCOPE_OPEN=1 where something else keeps strangers out."
    )


def _is_local(address: str) -> bool:
    name = address.strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def local_url(address: str, port: int) -> str:
    """Where a browser on this machine finds what listens on an address."""
    host = WILDCARDS.get(address, address)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
