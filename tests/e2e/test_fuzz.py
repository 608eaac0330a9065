"""Requests made up from what ``/openapi.json`` says, and from its opposite: each is answered in the words of its API.

`ROLLCALL_FUZZ_EXAMPLES` says how many there are for each operation.
"""

import os
import re
import time
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from routes.openapi import document
from routes.table import ROUTES
from tests.stack import PUBLIC_URL, SCIM_JSON, Tenant

_EXAMPLES = int(os.environ.get("ROLLCALL_FUZZ_EXAMPLES", "6"))
_SECONDS = 2.0
"""The longest that an answer may take."""

_DESCRIBED = schemathesis.openapi.from_dict(dict(document(ROUTES, PUBLIC_URL)))
_OPERATIONS: dict[str, Any] = {
    each.ok().label: each.ok() for each in _DESCRIBED.get_all_operations() if isinstance(each, Ok)
}
_PARAMETER = re.compile(r"\{(\w+)\}")
_PROBLEMS, _OAUTH = ("/manager/", "/operator/"), "/oauth2/"
_PATHS: Any = document(ROUTES, PUBLIC_URL)["paths"]
_BESIDE_SCIM = {path for path, described in _PATHS.items() if "servers" in described}
"""Paths that do not stand below the SCIM base of an account."""
_TOO_LONG = 414
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def _cases(label: str) -> st.SearchStrategy[Any]:
    """Requests as the document describes them, and such as it rules out."""
    operation = _OPERATIONS[label]
    given = operation.body or operation.query or operation.headers or operation.path_parameters
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if given else [GenerationMode.POSITIVE]
    return st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))


def _request(tenant: Tenant, case: Any, known: str | None) -> httpx.Request:
    """The request that *case* is, about a resource that exists where *known* is its id."""
    values = {**(case.path_parameters or {}), "account": tenant.account} | ({"id": known} if known else {})
    path = _PARAMETER.sub(lambda found: quote(str(values[found[1]]), safe=""), case.path)
    base = PUBLIC_URL if case.path in _BESIDE_SCIM else tenant.url
    url = f"{base}{'' if path == '/' else path}"
    sent = case.as_transport_kwargs(base_url=PUBLIC_URL)
    headers = {
        name.encode(): str(value).encode()  # what is not UTF-8 the host itself refuses
        for name, value in sent["headers"].items()
        if name.lower() in ("if-match", "if-none-match")
    }
    content = sent.get("json", sent.get("data"))
    extra: dict[str, Any] = {"content": content} if isinstance(content, bytes | str) else {"json": content}
    return tenant.client.build_request(case.method, url, params=case.query or None, headers=headers, **extra)


async def _known(tenant: Tenant, label: str) -> str | None:
    """The id of a new resource of the kind that the operation is about."""
    for kind, attributes in _RESOURCES.items():
        if f"/{kind}s/" in label:
            name = {"userName" if kind == "User" else "displayName": str(uuid4())}
            return str((await tenant.create(kind, **attributes, **name))["id"])
    return None


_RESOURCES: dict[str, dict[str, Any]] = {
    "User": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]},
    "Group": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]},
}


@pytest.mark.parametrize("label", sorted(_OPERATIONS))
@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_is_sent_is_answered(tenant: Tenant, label: str, data: st.DataObject) -> None:
    """A success, or an error about the request in the words of its API; never a failure of ours, and soon."""
    case = data.draw(_cases(label))
    request = _request(tenant, case, await _known(tenant, label) if data.draw(st.booleans()) else None)
    begun = time.monotonic()
    answer = await tenant.client.send(request)
    assert time.monotonic() - begun < _SECONDS
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400 or answer.status_code == _TOO_LONG or "%00" in str(request.url):
        return  # the latter two are answered by the host itself
    if case.path.startswith(_OAUTH) and "error" in answer.json():
        assert answer.headers["content-type"] == "application/json"  # RFC 6749 §5.2
    elif case.path.startswith(_PROBLEMS):
        assert answer.headers["content-type"] == "application/problem+json"
        assert (bool(answer.json()["code"]), answer.json()["status"]) == (True, answer.status_code)
    else:
        assert answer.headers["content-type"] == SCIM_JSON
        assert (answer.json()["schemas"], answer.json()["status"]) == ([_ERROR], str(answer.status_code))
