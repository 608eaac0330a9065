"""Answers with resources: representation, projection, location and version in one place."""

from domain.listing import Listing
from domain.model import Record
from domain.representation import resource
from routes.http import Request, Response
from scim import versions
from scim.messages import ListRequest, list_response
from scim.projection import Projection


def with_resource(record: Record, projection: Projection, base_url: str, *, created: bool = False) -> Response:
    """The resource, with its ETag; a new one also with its Location (RFC 7644 §3.3, §3.14)."""
    location = f"{base_url}/{record.kind}s/{record.id}"
    headers = {"ETag": versions.weak_etag(record.version)}
    headers["Location" if created else "Content-Location"] = location
    return Response(201 if created else 200, projection.apply(resource(record, base_url)), headers)


def unless_known(record: Record, request: Request, projection: Projection, base_url: str) -> Response:
    """The resource, or 304 where the client has this version already."""
    etag = versions.weak_etag(record.version)
    if request.if_none_match is not None and versions.matches(request.if_none_match, etag):
        return Response(304, headers={"ETag": etag})
    return with_resource(record, projection, base_url)


def without_body(record: Record) -> Response:
    """204 with the version that the resource has now."""
    return Response(204, headers={"ETag": versions.weak_etag(record.version)})


def with_list(listing: Listing, request: ListRequest, base_url: str) -> Response:
    """One page of a list."""
    resources = [request.projection.apply(resource(each, base_url)) for each in listing.records]
    by_index = request.cursor is None
    body = list_response(
        resources,
        total=listing.total,
        start_index=request.start_index if by_index else None,
        next_cursor=listing.next_cursor,
    )
    return Response(200, body)
