"""Routes agree with the recording of the library that the real host routes with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localhost.constraints import NOT_IMITATED, BrokenPattern
from localhost.routing import HostDoesNotStart, HttpRoute, Match, RoutingTable
from localhost.targets import RefusedTarget, read_path

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "recorded" / "host_routing.json").read_text("utf-8")
)["apps"]


def uses_what_we_refuse(function: dict[str, Any]) -> bool:
    return any(f":{name}" in (function["route"] or "") for name in NOT_IMITATED)


def routes_of(app: dict[str, Any]) -> list[HttpRoute]:
    """Return the routes of *app* but those that this host refuses by name."""
    return [
        HttpRoute(
            function["name"], function["route"], None if function["methods"] is None else tuple(function["methods"])
        )
        for function in app["functions"]
        if not uses_what_we_refuse(function)
    ]


def named(rows: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in rows]


def requests() -> Iterator[Any]:
    for app in RECORDED:
        if app["starts"]:
            table = RoutingTable.build(routes_of(app), app["prefix"])
            left_out = {function["name"] for function in app["functions"] if uses_what_we_refuse(function)}
            for request in app["requests"]:
                if request["function"] not in left_out:
                    yield pytest.param(table, request, id=f"{app['name']} {request['method']} {request['path'][:60]}")


def answer(table: RoutingTable, method: str, target: str) -> tuple[int, Match | None]:
    """Return the status and match that a request line gets."""
    try:
        match = table.match(method, read_path(method.upper(), target.encode()))
    except RefusedTarget as refusal:
        return refusal.status, None
    except BrokenPattern:
        return 500, None
    return (404, None) if match is None else (200, match)


@pytest.mark.parametrize("app", named([app for app in RECORDED if app["starts"]]))
def test_app_that_starts(app: dict[str, Any]) -> None:
    """An app that the real host starts has the same routes in the same order, and refuses the same functions."""
    table = RoutingTable.build(routes_of(app), app["prefix"])
    kept = {route.function for route in routes_of(app)}
    assert [(route.function, route.text) for route in table.routes] == [
        (route["function"], route["template"]) for route in app["mapped"] if route["function"] in kept
    ]
    assert table.refusals == {error["function"]: error["error"] for error in app["load_errors"]}


@pytest.mark.parametrize("app", named([app for app in RECORDED if not app["starts"]]))
def test_app_that_does_not_start(app: dict[str, Any]) -> None:
    """An app that the real host does not start is not started here, because of the same function."""
    with pytest.raises(HostDoesNotStart) as problem:
        RoutingTable.build(routes_of(app), app["prefix"])
    assert problem.value.function == app["load_errors"][-1]["function"]
    assert "imitate" not in str(problem.value)


@pytest.mark.parametrize(("table", "request_row"), list(requests()))
def test_request_reaches_the_recorded_function(table: RoutingTable, request_row: dict[str, Any]) -> None:
    """Status, function and route values are the recorded ones; values of null are not handed on."""
    match = None
    if request_row["function"]:
        given = {name: value for name, value in request_row["values"].items() if value is not None}
        match = Match(request_row["function"], given)
    assert answer(table, request_row["method"], request_row["path"]) == (request_row["status"], match)


@pytest.mark.parametrize(
    "request_row",
    [
        pytest.param(request, id=request["path"])
        for app in RECORDED
        for request in app.get("requests", ())
        if "decoded_path" in request
    ],
)
def test_decoded_path(request_row: dict[str, Any]) -> None:
    """A path is decoded once, and dot segments are removed after that."""
    assert read_path(request_row["method"], request_row["path"].encode()) == request_row["decoded_path"]


@pytest.mark.parametrize(
    ("route", "feature"),
    [
        ("x/{v:datetime}", "the constraint 'datetime'"),
        ("x/{v:int:Decimal}", "the constraint 'Decimal'"),
        ("x/{v:double}", "the constraint 'double'"),
        ("x/{v:float?}", "the constraint 'float'"),
        (r"x/{v:regex(^\\p{{L}}+$)}", r"the regular expression '^\\p{L}+$'"),
        ("x/{v:regex((?<a>b))}", "the regular expression '(?<a>b)'"),
        ("x/{v:}", "an empty constraint"),
    ],
)
def test_what_is_not_imitated_is_refused_by_name(route: str, feature: str) -> None:
    """A feature that only the real host knows stops the start, and the message names it and the function."""
    with pytest.raises(HostDoesNotStart) as problem:
        RoutingTable.build([HttpRoute("f", route, None)], "api")
    assert f"of function 'f' uses {feature}, which the real host knows" in str(problem.value)
