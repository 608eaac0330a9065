"""The conformance tools that others publish, against ``make serve``; what they still object to is listed by name."""

import contextlib
import io

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server
from scim_sanity.probe.runner import run_probe_api  # type: ignore[import-untyped]

from tests.stack import Served

GROUP_MEMBERS = {
    ("GroupMember", check)
    for check in (
        "object_creation",
        "object_query",
        "object_query_without_id",
        "object_replacement",
        "object_deletion",
        "object_query_with_attributes",
        "object_list_with_attributes",
        "search_with_attributes",
        "check_add_attribute",
        "check_remove_attribute",
        "check_replace_attribute",
    )
}
"""scim2-tester invents the ids of the group and of the member, which must exist; without a membership it tells nothing
of them.  As every attribute is required and immutable, it skips what leaves attributes out or changes them."""

GROUP_PATCH_WITHOUT_BODY = {
    "PATCH /Groups/{id}",
    "PATCH /Groups/{id} add member",
    "PATCH /Groups/{id} remove members",
}
"""scim-sanity wants 200; we answer 204, as RFC 7644 §3.5.2 allows: a body would cost as much as the group is large."""

NOT_OURS = {"Agent CRUD Lifecycle", "AgenticApplication CRUD Lifecycle", "Agent Rapid Lifecycle"}
"""What scim-sanity skips: kinds of resources of a draft."""

_SOME = 100
"""Fewer checks than this mean that scim2-tester did not find its way."""


@pytest.mark.requirement("7643-6-02")
def test_scim2_tester(served_strict: Served) -> None:
    """scim2-tester finds nothing but what is listed, in discovery, all attributes and all PATCH forms."""
    headers = {"Authorization": f"Bearer {served_strict.token}"}
    with Client(base_url=served_strict.url, headers=headers, timeout=30) as client:
        results = check_server(SyncSCIMClient(client))
    good = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}
    objections = {(each.resource_type, each.title): each.reason for each in results if each.status not in good}
    assert objections.keys() == GROUP_MEMBERS, objections
    assert len(results) > _SOME


@pytest.mark.requirement("7643-3.1-09")
def test_scim_sanity(served_strict: Served) -> None:
    """scim-sanity in strict mode finds nothing but what is listed."""
    with contextlib.redirect_stdout(io.StringIO()):
        results = run_probe_api(served_strict.url, token=served_strict.token, strict=True)["results"]
    objections = {each["name"]: each.get("message") for each in results if each["status"] != "pass"}
    assert objections.keys() == GROUP_PATCH_WITHOUT_BODY | NOT_OURS, objections
