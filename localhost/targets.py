"""The request target as sent → the path that routes are matched against, by the rules of the host's web server."""

import re
from urllib.parse import quote

_LONGEST_REQUEST_LINE = 8192  # bytes, line end included
_VERSION_AND_LINE_END = len(" HTTP/1.1\r\n")
_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_LONGEST_CHARACTER = 4  # bytes of UTF-8
_SLASH = 0x2F
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class RefusedTarget(Exception):
    """A target is answered by the web server itself, without routing, with *status* and an empty body."""

    def __init__(self, status: int, *, allow: str | None = None) -> None:
        super().__init__(f"refused with {status}")
        self.status = status
        self.allow = allow


def read_path(method: str, target: bytes) -> str:
    """Return the decoded path of *target*, without dot segments; ``%2F`` stays as it was sent.

    Escapes are decoded once. What is not valid UTF-8 stays as text.

    Args:
        method: Upper case.
        target: As it stood in the request line, query included.

    Raises:
        RefusedTarget: With 400 (a NUL, a raw byte beyond ASCII, an absolute address), 405 (``*``) or 414.
    """
    if len(method) + 1 + len(target) + _VERSION_AND_LINE_END > _LONGEST_REQUEST_LINE:
        raise RefusedTarget(414)
    if target == b"*":
        if method != "OPTIONS":
            raise RefusedTarget(405, allow="OPTIONS")
        return ""
    if not target.startswith(b"/") or not target.isascii():
        raise RefusedTarget(400)
    path = unescape(target.partition(b"?")[0], keep_slash=True)
    if "\0" in path:
        raise RefusedTarget(400)
    return _without_dot_segments(path)


def unescape(text: bytes, *, keep_slash: bool) -> str:
    """Return *text* with its percent escapes decoded as UTF-8; an escape that is no part of a character stays."""
    return _ESCAPES.sub(lambda found: _decoded_run(found.group(), keep_slash), text).decode("utf-8", "replace")


def escape(path: str) -> str:
    """Return a decoded *path* as it stands in an address; the ``%2F`` that it may hold stays."""
    return quote(_LONE_PERCENT.sub("%25", path), safe="/%:@!$&'()*+,;=~-._")


def _decoded_run(run: bytes, keep_slash: bool) -> bytes:
    """Decode escapes that follow each other; a stray byte of a broken character keeps its three signs."""
    values = bytes.fromhex(run.replace(b"%", b"").decode("ascii"))
    decoded = bytearray()
    position = 0
    while position < len(values):
        length = _character_length(values[position:])
        if length == 0 or (keep_slash and values[position] == _SLASH):
            decoded += run[position * 3 : position * 3 + 3]
            position += 1
        else:
            decoded += values[position : position + length]
            position += length
    return bytes(decoded)


def _character_length(values: bytes) -> int:
    """Return how many of *values* make up the first character, 0 if they make none."""
    for length in range(1, _LONGEST_CHARACTER + 1):
        try:
            values[:length].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return length
    return 0


def _without_dot_segments(path: str) -> str:
    """Return *path* without ``.`` and ``..`` segments.  RFC 3986 §5.2.4."""
    if "/." not in path:
        return path
    *segments, last = path.split("/")[1:]
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if last == "..":
        del kept[-1:]
    return "/" + "".join(f"{segment}/" for segment in kept) + ("" if last in (".", "..") else last)
