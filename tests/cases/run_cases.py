#!/usr/bin/env python3
"""Run SCIM test cases (JSON files, format: README.md beside this file) against a live base URL.

Needs httpx and nothing of Rollcall, so it runs against any service provider. Prints one line a case, then
'N passed, N failed'; exits 1 if any failed.
"""

# ruff: noqa: T201  (a command line prints)

from __future__ import annotations

import argparse
import json
import re
import secrets
import sys
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

Json = Any
Spec = dict[str, Any]

ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
SCIM_TYPES = {
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
}
EXPECT_KEYS = {
    "status",
    "json",
    "present",
    "absent",
    "len",
    "contains",
    "not_contains",
    "not",
    "in",
    "type",
    "matches",
    "headers",
    "body",
    "error",
    "counts",
    "any_of",
}
REQUEST_KEYS = {
    "method",
    "path",
    "query",
    "headers",
    "body",
    "body_raw",
    "repeat",
    "concurrency",
    "parallel",
    "save",
    "save_headers",
    "expect",
    "note",
}
CASE_KEYS = {"name", "category", "source", "client", "basis", "why", "requires", "setup", "steps"}


class Mismatch(Exception):
    """A response was not what the case expects (or the case itself is malformed)."""


# ---------------------------------------------------------------- JSONPath (a small subset)

_TOKEN = re.compile(
    r"""\.(?P<name>[A-Za-z_$][\w$-]*)
      | \[(?P<index>\d+)\]
      | \[(?P<star>\*)\]
      | \[(?P<quote>["'])(?P<key>.+?)(?P=quote)\]
      | \[\?\(@\.(?P<fkey>[A-Za-z_$][\w$-]*)\s*==\s*(?P<fval>"(?:[^"\\]|\\.)*"|true|false|null|-?\d+)\)\]
    """,
    re.VERBOSE,
)


def find(document: Json, path: str) -> list[Json]:
    """Every node that `path` selects in `document`, in order."""
    if not path.startswith("$"):
        raise Mismatch(f"bad path {path!r}: must start with $")
    nodes = [document]
    position = 1
    while position < len(path):
        token = _TOKEN.match(path, position)
        if token is None:
            raise Mismatch(f"bad path {path!r} at {path[position:]!r}")
        nodes = [child for node in nodes for child in _children(node, token)]
        position = token.end()
    return nodes


def _children(node: Json, token: re.Match[str]) -> Iterator[Json]:
    name = token["name"] or token["key"]
    if name is not None:
        if isinstance(node, dict) and name in node:
            yield node[name]
    elif not isinstance(node, list):
        return
    elif token["index"] is not None:
        yield from node[int(token["index"]) :][:1]
    elif token["star"]:
        yield from node
    else:
        wanted = json.loads(token["fval"])
        for item in node:
            if isinstance(item, dict) and token["fkey"] in item and same(item[token["fkey"]], wanted):
                yield item


def same(actual: Json, expected: Json) -> bool:
    """Equality that, unlike Python's, keeps true and 1 (and "1") apart."""
    if isinstance(actual, bool) or isinstance(expected, bool):
        return actual is expected
    if isinstance(actual, dict) and isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(same(actual[k], v) for k, v in expected.items())
    if isinstance(actual, list) and isinstance(expected, list):
        return len(actual) == len(expected) and all(map(same, actual, expected))
    return bool(actual == expected)


def includes(items: Iterable[Json], expected: Json) -> bool:
    """Whether some item equals `expected`, or (for an object) has at least its members."""

    def matches(item: Json) -> bool:
        if isinstance(item, dict) and isinstance(expected, dict):
            return all(k in item and same(item[k], v) for k, v in expected.items())
        return same(item, expected)

    return any(map(matches, items))


def unassigned(node: Json) -> bool:
    """RFC 7643 section 2.5: missing, null and an empty array are the same state."""
    return node is None or node == []


# ---------------------------------------------------------------- variables

_VARIABLE = re.compile(r"\{\{([\w.-]+)\}\}")
Variables = dict[str, Json]


def substitute(text: str, variables: Variables, encode: Callable[[str], str] = str) -> Json:
    """Replace {{name}}; a text that is one variable and nothing else keeps that value's own type."""
    if "n" in variables:
        text = text.replace("{{n}}", str(variables["n"]))

    def value(name: str) -> Json:
        if name not in variables:
            raise Mismatch(f"unknown variable {name!r}")
        return variables[name]

    whole = _VARIABLE.fullmatch(text)
    if whole is not None and encode is str:
        return value(whole[1])
    return _VARIABLE.sub(lambda m: encode(str(value(m[1]))), text)


def expand(template: Json, variables: Variables) -> Json:
    """Substitute everywhere in a JSON value; {"$times": N, "of": X} becomes N copies, {{n}} counting from 1."""
    if isinstance(template, str):
        return substitute(template, variables)
    if isinstance(template, list):
        return [expand(item, variables) for item in template]
    if isinstance(template, dict):
        if "$times" in template:
            copies = range(1, int(template["$times"]) + 1)
            items = [expand(template["of"], variables | {"n": n}) for n in copies]
            return "".join(items) if template.get("join") else items
        return {str(substitute(key, variables)): expand(item, variables) for key, item in template.items()}
    return template


# ---------------------------------------------------------------- expectations

_TYPES: dict[str, Callable[[Json], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}


def show(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 160 else f"{text[:157]}..."


def status_in(status: int, allowed: list[int | str]) -> bool:
    return status in allowed or f"{status // 100}xx" in allowed


def check(response: httpx.Response, expect: Spec, variables: Variables) -> None:
    """Raise Mismatch unless the response meets every member of `expect`."""
    unknown = expect.keys() - EXPECT_KEYS
    if unknown:
        raise Mismatch(f"unknown expectation {sorted(unknown)}")
    expect = expand(expect, variables)
    if "status" in expect and not status_in(response.status_code, expect["status"]):
        raise Mismatch(f"status {response.status_code}, want one of {expect['status']}: {show(response.text)}")
    check_headers(response, expect.get("headers", {}))
    if expect.get("body") == "empty" and response.content:
        raise Mismatch(f"body should be empty: {show(response.text)}")
    if expect.get("error") and response.status_code >= 400:
        check_error(response)
    if expect.keys() - {"status", "headers", "body", "error", "counts", "any_of"}:
        check_document(parsed(response), expect)
    if "any_of" in expect:
        check_any_of(response, expect["any_of"], variables)


def check_any_of(response: httpx.Response, choices: list[Spec], variables: Variables) -> None:
    failures: list[str] = []
    for choice in choices:
        try:
            return check(response, choice, variables)
        except Mismatch as failure:
            failures.append(str(failure))
    raise Mismatch("none of the allowed outcomes: " + " | ".join(failures))


def check_headers(response: httpx.Response, wanted: dict[str, str | None]) -> None:
    for name, pattern in wanted.items():
        actual = response.headers.get(name)
        if pattern is None:
            if actual is not None:
                raise Mismatch(f"header {name} should be absent, is {actual!r}")
        elif actual is None or re.search(pattern, actual, re.IGNORECASE) is None:
            raise Mismatch(f"header {name} is {actual!r}, want /{pattern}/")


def check_error(response: httpx.Response) -> None:
    """The body is an RFC 7644 section 3.12 error."""
    body = parsed(response)
    if not isinstance(body, dict) or body.get("schemas") != [ERROR_URN]:
        raise Mismatch(f"not a SCIM error body: {show(body)}")
    if body.get("status") != str(response.status_code):
        raise Mismatch(f'error status is {show(body.get("status"))}, want the string "{response.status_code}"')
    if body.get("scimType") is not None and body["scimType"] not in SCIM_TYPES:
        raise Mismatch(f"scimType {show(body['scimType'])} is not one of RFC 7644 table 9")


def parsed(response: httpx.Response) -> Json:
    try:
        return json.loads(response.content)
    except ValueError:
        raise Mismatch(f"body is not JSON: {show(response.text)}") from None


def check_document(body: Json, expect: Spec) -> None:
    for path, wanted in expect.get("json", {}).items():
        nodes = find(body, path)
        if wanted is None and all(map(unassigned, nodes)):
            continue
        if len(nodes) != 1:
            raise Mismatch(f"{path}: {len(nodes)} matches, want one equal to {show(wanted)}")
        if not same(nodes[0], wanted):
            raise Mismatch(f"{path}: {show(nodes[0])}, want {show(wanted)}")
    for path, unwanted in expect.get("not", {}).items():
        if includes(find(body, path), unwanted):
            raise Mismatch(f"{path}: must not be {show(unwanted)}")
    for path, choices in expect.get("in", {}).items():
        node = next(iter(find(body, path)), None)
        if not any(same(node, choice) for choice in choices):
            raise Mismatch(f"{path}: {show(node)}, want one of {show(choices)}")
    for path in expect.get("present", []):
        if all(map(unassigned, find(body, path))):
            raise Mismatch(f"{path}: missing")
    for path in expect.get("absent", []):
        if not all(map(unassigned, find(body, path))):
            raise Mismatch(f"{path}: must be absent, is {show(find(body, path)[0])}")
    for path, size in expect.get("len", {}).items():
        if len(items_at(body, path)) != size:
            raise Mismatch(f"{path}: {len(items_at(body, path))} items, want {size}")
    for path, wanted in expect.get("contains", {}).items():
        for one in wanted if isinstance(wanted, list) else [wanted]:
            if not includes(items_at(body, path), one):
                raise Mismatch(f"{path}: lacks {show(one)}")
    for path, unwanted in expect.get("not_contains", {}).items():
        for one in unwanted if isinstance(unwanted, list) else [unwanted]:
            if includes(items_at(body, path), one):
                raise Mismatch(f"{path}: must not contain {show(one)}")
    for path, kind in expect.get("type", {}).items():
        nodes = find(body, path)
        if not nodes or not all(map(_TYPES[kind], nodes)):
            raise Mismatch(f"{path}: {show(nodes)}, want type {kind}")
    for path, pattern in expect.get("matches", {}).items():
        nodes = find(body, path)
        if not nodes or not all(isinstance(n, str) and re.search(pattern, n) for n in nodes):
            raise Mismatch(f"{path}: {show(nodes)}, want /{pattern}/")


def items_at(body: Json, path: str) -> list[Json]:
    """The list at `path` (missing and null count as empty), or what a filter or [*] selected."""
    nodes = find(body, path)
    if path.endswith(")]") or "[*]" in path or "[?(" in path:
        return nodes
    if len(nodes) == 1 and isinstance(nodes[0], list):
        return nodes[0]
    return [node for node in nodes if node is not None]


# ---------------------------------------------------------------- running


def percent_encode(text: str) -> str:
    return urllib.parse.quote(text, safe="")


@dataclass
class Runner:
    base_url: str
    token: str
    client: httpx.Client
    force: bool = False
    _config: Json = field(default=None, init=False)

    def send(self, request: Spec, variables: Variables) -> httpx.Response:
        url = self.base_url + str(substitute(request["path"], variables, percent_encode))
        if "query" in request:
            query = expand(request["query"], variables)
            url += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe="")
        headers: dict[str, str | None] = {"Authorization": f"Bearer {self.token}", "Accept": "application/scim+json"}
        content: bytes | None = None
        if "body_raw" in request:
            content = str(substitute(request["body_raw"], variables)).encode()
        elif "body" in request:
            content = json.dumps(expand(request["body"], variables), ensure_ascii=False).encode()
        if content is not None:
            headers["Content-Type"] = "application/scim+json"
        headers |= expand(request.get("headers", {}), variables)
        lowered = {name.lower(): value for name, value in headers.items()}
        built = self.client.build_request(
            request["method"],
            url,
            content=content,
            headers={name: str(value) for name, value in lowered.items() if value is not None},
        )
        for name in [name for name, value in lowered.items() if value is None and name in built.headers]:
            del built.headers[name]
        return self.client.send(built)

    def step(self, request: Spec, variables: Variables, setting_up: bool) -> None:
        unknown = request.keys() - REQUEST_KEYS
        if unknown:
            raise Mismatch(f"unknown member {sorted(unknown)}")
        expect: Spec = request.get("expect", {"status": ["2xx"]} if setting_up else {})
        requests: list[tuple[Spec, Variables]]
        if "parallel" in request:
            requests = [(one, variables) for one in request["parallel"]]
            workers = len(requests)
        else:
            copies = range(1, request.get("repeat", 1) + 1)
            numbered = "repeat" in request
            requests = [(request, variables | {"n": n} if numbered else variables) for n in copies]
            workers = request.get("concurrency", 1)
        with ThreadPoolExecutor(max_workers=workers) as pool:
            responses = list(pool.map(lambda pair: self.send(*pair), requests))
        for (one, scope), response in zip(requests, responses, strict=True):
            check(response, expect, scope)
            self.save(one, response, scope, variables)
        counts = Counter(str(response.status_code) for response in responses)
        for status, wanted in expect.get("counts", {}).items():
            if counts[status] != wanted:
                raise Mismatch(f"{counts[status]} answers with status {status}, want {wanted}: {dict(counts)}")

    @staticmethod
    def save(request: Spec, response: httpx.Response, scope: Variables, variables: Variables) -> None:
        for name, path in request.get("save", {}).items():
            nodes = find(parsed(response), path)
            if len(nodes) != 1 or nodes[0] is None:
                raise Mismatch(f"cannot save {path}: {len(nodes)} matches in {show(response.text)}")
            variables[str(substitute(name, scope))] = nodes[0]
        for name, header in request.get("save_headers", {}).items():
            if header not in response.headers:
                raise Mismatch(f"cannot save header {header}: missing")
            variables[name] = response.headers[header]

    def supports(self, feature: str) -> bool:
        """Whether /ServiceProviderConfig says that `feature` (bulk, etag, sort...) is supported."""
        if self._config is None:
            response = self.send({"method": "GET", "path": "/ServiceProviderConfig"}, {})
            self._config = response.json() if response.status_code == 200 else {}
        part = self._config.get(feature)
        return isinstance(part, dict) and part.get("supported") is True

    def run(self, case: Spec) -> None:
        unknown = case.keys() - CASE_KEYS
        if unknown:
            raise Mismatch(f"unknown member {sorted(unknown)}")
        variables: Variables = {
            "uniq": "u" + secrets.token_hex(5),
            "uuid": str(uuid.uuid4()),
            "base": self.base_url,
        }
        for part in ("setup", "steps"):
            for number, request in enumerate(case.get(part, []), start=1):
                try:
                    self.step(request, variables, setting_up=part == "setup")
                except (Mismatch, httpx.HTTPError) as failure:
                    what = "parallel" if "parallel" in request else f"{request['method']} {request['path']}"
                    detail = f"{failure}" if isinstance(failure, Mismatch) else repr(failure)
                    raise Mismatch(f"{part}[{number}] {what}: {detail}") from None


def case_files(arguments: Iterable[str]) -> list[Path]:
    files: list[Path] = []
    for argument in map(Path, arguments):
        files += sorted(argument.rglob("*.json")) if argument.is_dir() else [argument]
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--base-url", required=True, help="the tenant's SCIM base URL, e.g. http://127.0.0.1:7071/scim/v2"
    )
    parser.add_argument("--token", required=True, help="bearer token")
    parser.add_argument("--only", default="", help="run only the cases whose name or category contains this")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds a request may take")
    parser.add_argument("--force", action="store_true", help="also run cases that need an unadvertised feature")
    parser.add_argument("paths", nargs="+", help="case files or folders")
    options = parser.parse_args()

    passed = failed = skipped = 0
    limits = httpx.Limits(keepalive_expiry=1.0)  # a server may close an idle connection at any time after that
    with httpx.Client(timeout=options.timeout, limits=limits, follow_redirects=False) as client:
        runner = Runner(options.base_url.rstrip("/"), options.token, client, options.force)
        for file in case_files(options.paths):
            case: Spec = json.loads(file.read_text(encoding="utf-8"))
            if options.only not in case["name"] and options.only not in case.get("category", ""):
                continue
            missing = [need for need in case.get("requires", []) if not options.force and not runner.supports(need)]
            if missing:
                skipped += 1
                print(f"SKIP {case['name']}: server does not advertise {', '.join(missing)}")
                continue
            try:
                runner.run(case)
            except Mismatch as failure:
                failed += 1
                print(f"FAIL {case['name']}: {failure}")
            else:
                passed += 1
                print(f"PASS {case['name']}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    if passed + failed + skipped == 0:
        print("no case matched", file=sys.stderr)
        return 2
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
