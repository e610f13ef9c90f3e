"""Requests to one server, with a token; whatever goes wrong becomes a sentence.

The token travels in a header and nowhere else: never in an address, and no error repeats it.
"""

import re
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import httpx

from convscope.errors import RefusedError, UnreachableError

# A picture of a data set may take the server minutes to check; an answer that is sent begins at once.
TIMEOUT = httpx.Timeout(connect=10.0, read=600.0, write=120.0, pool=10.0)
PAUSES = (0.2, 1.0, 3.0)
CHUNK = 1024 * 1024


class Connection:
    """One server.

    Args:
        url: its address, as in the browser: https://convscope.example.org.
        token: from its page Links and tokens.
        transport: how requests travel, for tests and proxies; by default over the network.
    """

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", self.url):
            raise UnreachableError(f"Expected an address such as https://convscope.example.org. Received {url!r}.")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._http = httpx.Client(headers=headers, timeout=TIMEOUT, transport=transport, trust_env=True)
        weakref.finalize(self, self._http.close)

    def get(self, *path: str, **params: str | int | float) -> dict[str, Any]:
        """The JSON at a path; asked again where the connection breaks."""
        return self._json("GET", path, again=True, params=params)

    def post(self, *path: str, json: Any = None, again: bool = False) -> dict[str, Any]:
        """What a request with a JSON body is answered.

        Args:
            path: words of the path, behind /api.
            json: the body.
            again: whether it may be sent twice, where the connection breaks.
        """
        return self._json("POST", path, again=again, json={} if json is None else json)

    def delete(self, *path: str, **params: str) -> dict[str, Any]:
        """What is answered to a request to delete."""
        return self._json("DELETE", path, again=False, params=params)

    def send(self, *path: str, file: IO[bytes], name: str, fields: Mapping[str, str],
             labels: Path | None = None) -> dict[str, Any]:  # fmt: skip
        """Send a file in a form, piece by piece: a file of any size takes no memory."""
        files: list[tuple[str, Any]] = [("file", (name, file, "application/octet-stream"))]
        if labels is None:
            return self._json("POST", path, again=False, data=dict(fields), files=files)
        with labels.open("rb") as opened:
            files.append(("labels", (labels.name, opened, "application/octet-stream")))
            return self._json("POST", path, again=False, data=dict(fields), files=files)

    def download(self, *path: str, into: IO[bytes], **params: str) -> None:
        """Write what is at a path into an open file, piece by piece."""
        with self._explained(), self._http.stream("GET", self._address(path), params=params) as response:
            if response.status_code != 200 or "zip" not in response.headers.get("content-type", ""):
                response.read()
                self._read(response)
                raise UnreachableError(self._no_answer(response))
            for chunk in response.iter_bytes(CHUNK):
                into.write(chunk)

    def _address(self, path: tuple[str, ...]) -> str:
        return "/".join([self.url, "api", *(quote(word, safe="") for word in path)])

    def _json(self, method: str, path: tuple[str, ...], again: bool, **request: Any) -> dict[str, Any]:
        for pause in (*PAUSES, None) if again else (None,):
            try:
                with self._explained():
                    return self._read(self._http.request(method, self._address(path), **request))
            except UnreachableError as error:
                if pause is None or error.__cause__ is None:  # something answered: asking again changes nothing
                    raise
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _explained(self) -> "_Explained":
        return _Explained(self.url)

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        try:
            found = response.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UnreachableError(self._no_answer(response))
        if response.status_code >= 400:
            text = str(found.get("error") or found.get("reason") or f"The server answered {response.status_code}.")
            raise RefusedError(text, response.status_code)
        return found

    def _no_answer(self, response: httpx.Response) -> str:
        """Something that is not Convscope's interface answered: a proxy, a page for signing in, another program."""
        if response.is_redirect:
            where = response.headers.get("location", "elsewhere").partition("?")[0][:200]
            return (f"Expected Convscope at {self.url}. It leads to {where} instead, perhaps a page to sign in at. Ask "
                    "whoever runs it for an address that takes tokens.")  # fmt: skip
        title = re.search(r"<title[^>]*>([^<]{1,80})", response.text[:4000], re.IGNORECASE)
        said = f", a page called {title[1].strip()!r}" if title else ""
        return (f"Expected Convscope at {self.url}. Received status {response.status_code}{said}. A proxy may stand in "
                "between, or the address is another program's.")  # fmt: skip


class _Explained:
    """Errors of the network as sentences, for the length of a `with` block."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, httpx.HTTPError):
            raise UnreachableError(self._words(error)) from error

    def _words(self, error: httpx.HTTPError) -> str:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return (f"The certificate of {self._url} is not one that this machine trusts. Where it is your team's own, "
                    "name its file in SSL_CERT_FILE.")  # fmt: skip
        if isinstance(error, httpx.TimeoutException):
            return f"{self._url} did not answer in time. It may be busy or away; try again."
        if isinstance(error, httpx.ConnectError):
            return f"Nothing answers at {self._url}. Is that its address, and is it up?"
        return f"The connection to {self._url} broke off. Try again."
