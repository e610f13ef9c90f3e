"""Where the dashboard listens, and the address that leads there."""

import socket

from shared.errors import InvalidSettings

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


def local_url(address: str, port: int) -> str:
    """Where a browser on this machine finds what listens on an address."""
    host = WILDCARDS.get(address, address)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
