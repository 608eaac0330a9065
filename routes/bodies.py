"""Bodies: how large and how deep they may be, and what of them we read.

The host hands over only bodies with a Content-Length, of up to 100 MB (azure.md §3.1); a SCIM client must be told in
the words of SCIM what is wrong with its own.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

import orjson
from scim2_models import InvalidSyntaxException, PayloadTooLargeException

from scim.errors import LengthRequired, UnsupportedMediaType
from scim.limits import limits

_JSON_TYPES = frozenset({"application/scim+json", "application/json"})


def read_json(body: bytes, headers: Mapping[str, str]) -> Any:
    """The JSON in *body*, perhaps behind a byte order mark (RFC 8259 §8.1); *headers* have lower-case names.

    Raises:
        PayloadTooLargeException: More than `limits` allows.
        UnsupportedMediaType: Another Content-Type than JSON; none at all is taken for JSON.
        LengthRequired: The body was sent in chunks, so that it did not arrive.
        InvalidSyntaxException: Nothing there, no JSON, or deeper than `limits` allows.
    """
    if len(body) > (most := limits().body_bytes):
        raise PayloadTooLargeException(detail=f"the body has {len(body)} bytes, and may have {most}")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type and media_type not in _JSON_TYPES:
        raise UnsupportedMediaType
    if not body and "chunked" in headers.get("transfer-encoding", "").lower():
        raise LengthRequired
    if not body:
        raise InvalidSyntaxException(detail="this request needs a body")
    try:
        payload = orjson.loads(body.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise InvalidSyntaxException(detail=f"the body is no JSON: {error}") from None
    if _deeper_than(payload, deepest := limits().depth):
        raise InvalidSyntaxException(detail=f"the body nests deeper than {deepest}")
    return payload


def _deeper_than(value: Any, limit: int) -> bool:
    """Whether objects and lists nest deeper than *limit*, walked level by level."""
    level = [value]
    for _ in range(limit):
        level = [
            member
            for each in level
            for member in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(member, dict | list)
        ]
        if not level:
            return False
    return True
