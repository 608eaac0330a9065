"""Answers with resources: representation, projection, location and version in one place."""

import orjson

from domain.model import Resource
from domain.provisioning.listing import Listing
from domain.provisioning.representation import etag, resource
from routes.http import SCIM_JSON, Request, Response
from scim import versions
from scim.json_types import JsonObject
from scim.messages import ListRequest, list_response
from scim.projection import Projection
from scim.root_search import RootRequest


def with_resource(record: Resource, projection: Projection, base_url: str, *, created: bool = False) -> Response:
    """The resource, with its ETag; a new one also with its Location (RFC 7644 §3.3, §3.14)."""
    location = f"{base_url}/{record.kind}s/{record.id}"
    headers = {"ETag": etag(record)}
    headers["Location" if created else "Content-Location"] = location
    return Response(201 if created else 200, _shown(record, projection, base_url), headers)


def unless_known(record: Resource, request: Request, projection: Projection, base_url: str) -> Response:
    """The resource, or 304 where the client has this version already."""
    if is_known(request, tag := etag(record)):
        return Response(304, headers={"ETag": tag, "Content-Location": f"{base_url}/{record.kind}s/{record.id}"})
    return with_resource(record, projection, base_url)


def unless_same(body: JsonObject, request: Request, *, media_type: str = SCIM_JSON) -> Response:
    """*body*, with a version computed from what it says, or 304 where the client has that already."""
    tag = versions.weak_etag(orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode())
    if is_known(request, tag):
        return Response(304, headers={"ETag": tag})
    return Response(200, body, {"ETag": tag}, media_type)


def is_known(request: Request, tag: str) -> bool:
    """Whether the client says that it has the version *tag* already.  RFC 7644 §3.14."""
    return request.if_none_match is not None and versions.matches(request.if_none_match, tag)


def without_body(record: Resource) -> Response:
    """204 with the version that the resource has now."""
    return Response(204, headers={"ETag": etag(record)})


def with_list(listing: Listing[Resource], request: ListRequest, base_url: str) -> Response:
    """One page of a list."""
    return _page(listing, request, [_shown(each, request.projection, base_url) for each in listing.records])


def with_root_list(listing: Listing, request: RootRequest, base_url: str) -> Response:
    """One page of a list of several kinds."""
    shown = [_shown(each, request.projections[each.kind], base_url) for each in listing.records]
    return _page(listing, request.whole, shown)


def _shown(record: Resource, projection: Projection, base_url: str) -> JsonObject:
    """What the answer shows of a record; our own extension only where names are asked for, perhaps its own."""
    return projection.apply(resource(record, base_url, projection.kind, own=bool(projection)))


def _page(listing: Listing[Resource], request: ListRequest, resources: list[JsonObject]) -> Response:
    body = list_response(
        resources,
        total=listing.total,
        start_index=request.start_index if request.cursor is None else None,
        next_cursor=listing.next_cursor,
    )
    return Response(200, body)
