"""What a function returned → the answer on the wire, with the real host's losses and refusals."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any, Self
from urllib.parse import quote

from localhost.http_requests import Send
from localhost.protos import RpcHttp, RpcHttpCookie, TypedData

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t -~]*")
_WITHOUT_BODY = frozenset({204, 205, 304})
_SAME_SITE = {
    RpcHttpCookie.SameSite.Lax: "lax",
    RpcHttpCookie.SameSite.Strict: "strict",
    RpcHttpCookie.SameSite.ExplicitNone: "none",
}


class Unsendable(Exception):
    """The web server refuses to write this answer; the client gets 500 and an empty body."""


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names, ``set-cookie`` may repeat) and body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @classmethod
    def of_json(cls, content: object, status: int = 200) -> Self:
        """Return *content* as JSON."""
        return cls(status, (("content-type", "application/json; charset=utf-8"),), json.dumps(content).encode())

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """Return the answer with those of *headers* that it does not have itself."""
        own = {name for name, _ in self.headers}
        added = tuple((name.lower(), value) for name, value in headers.items() if name.lower() not in own)
        return replace(self, headers=self.headers + added)


def make_answer(value: TypedData | None) -> Answer:
    """Return the answer that the returned *value* makes.

    Raises:
        Unsendable: A body where the status allows none, a header that no server sends, a length that is wrong,
            or a text that reads as a JSON object, which the real host takes apart.
    """
    match value.WhichOneof("data") if value else None:
        case "http":
            return _checked(_from_http(value.http))  # type: ignore[union-attr]  # the kind says that it is there
        case "string":
            return _from_text(value.string)  # type: ignore[union-attr]
        case kind:
            raise Unsendable(f"an HTTP function must return an HttpResponse, not {kind}")


async def send_answer(send: Send, answer: Answer, *, method: str) -> None:
    """Send *answer* as the web server does: chunked unless its headers name a length, without body to ``HEAD``."""
    headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in answer.headers]
    if not answer.body and method != "HEAD" and answer.status not in _WITHOUT_BODY:
        headers = [header for header in headers if header[0] != b"content-length"] + [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


def _from_http(response: RpcHttp) -> Answer:
    # a dictionary: of a repeated header the last one wins
    headers = {name.lower(): value for name, value in response.headers.items()}
    headers.pop("transfer-encoding", None)  # the server's own business
    cookies = tuple(("set-cookie", _cookie(cookie)) for cookie in response.cookies or ())
    return Answer(int(response.status_code), (*headers.items(), *cookies), bytes(response.body.bytes))


def _from_text(text: str) -> Answer:
    try:
        is_object = isinstance(json.loads(text), dict)
    except ValueError:
        is_object = False
    if is_object:
        raise Unsendable("a returned str that reads as a JSON object is not imitated: return an HttpResponse")
    return Answer(200, (("content-type", "text/plain; charset=utf-8"),), text.encode())


def _checked(answer: Answer) -> Answer:
    if not 200 <= answer.status <= 999:
        raise Unsendable(f"{answer.status} is no final status")
    if answer.body and answer.status in _WITHOUT_BODY:
        raise Unsendable(f"a body with status {answer.status}")
    for name, value in answer.headers:
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise Unsendable(f"the header {name!r} has a sign that cannot be sent")
        if name == "content-length" and value != str(len(answer.body)):
            raise Unsendable(f"a content-length of {value} with a body of {len(answer.body)} bytes")
    return answer


def _cookie(cookie: RpcHttpCookie) -> str:
    """Return a ``Set-Cookie`` value as ASP.NET writes it, the value percent-encoded."""
    parts = [f"{cookie.name}={quote(cookie.value, safe='-._~')}"]
    if cookie.expires is not None:
        parts.append(f"expires={formatdate(cookie.expires.value.seconds, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"max-age={int(cookie.max_age.value)}")
    parts += _texts(cookie)
    if cookie.secure is not None and cookie.secure.value:
        parts.append("secure")
    if cookie.same_site in _SAME_SITE:
        parts.append(f"samesite={_SAME_SITE[cookie.same_site]}")
    if cookie.http_only is not None and cookie.http_only.value:
        parts.append("httponly")
    return "; ".join(parts)


def _texts(cookie: RpcHttpCookie) -> Iterable[str]:
    given: Any = (("domain", cookie.domain), ("path", cookie.path))
    return (f"{name}={text.value}" for name, text in given if text is not None and text.value)
