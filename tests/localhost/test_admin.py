"""The host's own paths under /admin."""

import json

import pytest

from tests.localhost.sample import Sample

REFUSED = {
    "items_again": "The route specified conflicts with the route defined by function 'items'.",
    "queued": "This local host runs HTTP and timer triggers without further bindings, not: queueTrigger.",
    "reserved": "The specified route conflicts with one or more built in routes.",
    "unscheduled": "'%NO_SUCH_SETTING%' does not resolve to a value.",
}


def test_ping(sample: Sample) -> None:
    """The host can be asked whether it lives."""
    assert (sample.get("/admin/host/ping").status_code, sample.post("/admin/host/ping").status_code) == (200, 200)


def test_status(sample: Sample) -> None:
    """The host runs, and lists the errors of its functions."""
    status = sample.get("/admin/host/status").json()
    assert status["state"] == "Running"
    assert status["errors"] == [f"{name}: {error}" for name, error in REFUSED.items()]


def test_functions(sample: Sample) -> None:
    """All functions are listed with their address and bindings."""
    functions = {entry["name"]: entry for entry in sample.get("/admin/functions").json()}
    assert functions["items"]["invoke_url_template"] == f"http://127.0.0.1:{sample.port}/items/{{id:int}}"
    assert functions["items"]["config"]["bindings"][0]["methods"] == ["GET", "HEAD"]
    assert functions["tick"]["invoke_url_template"] is None
    assert functions["switched_off"]["isDisabled"] is True
    assert set(functions) >= set(REFUSED)


def test_one_function(sample: Sample) -> None:
    """A single function can be asked for, its name in any case."""
    assert sample.get("/admin/functions/ITEMS").json()["name"] == "items"
    assert sample.get("/admin/functions/nothing").status_code == 404


@pytest.mark.parametrize(("name", "error"), REFUSED.items())
def test_refused_function(sample: Sample, name: str, error: str) -> None:
    """A function that is refused is listed with its error, and the rest runs."""
    assert sample.get(f"/admin/functions/{name}/status").json() == {"isDisabled": False, "errors": [error]}


def test_run_on_startup(sample: Sample) -> None:
    """The timer of the sample has run at start, and its schedule is a date that never comes."""
    first = sample.get("/runs").json()["runs"][0]
    assert first["past_due"] is False
    assert first["status"]["Next"] == "9999-12-31T23:59:59+00:00"


def test_run_by_hand(sample: Sample) -> None:
    """Running a timer by hand is accepted at once; the run is in the log and knows that it is not past due."""
    before = len(sample.get("/runs").json()["runs"])
    answer = sample.run_timer("tick")
    assert (answer.status_code, answer.content) == (202, b"")
    runs = sample.get("/runs").json()["runs"]
    assert (len(runs), runs[-1]["past_due"]) == (before + 1, False)


@pytest.mark.parametrize(
    ("name", "content", "content_type", "status"),
    [
        ("nothing", b'{"input": ""}', "application/json", 404),
        ("items", b'{"input": ""}', "application/json; charset=utf-8", 400),
        ("unscheduled", b"{}", "application/json", 400),
        ("tick", b"", "application/json", 400),
        ("tick", b"[]", "application/json", 400),
        ("tick", b'{"input": ""}', "text/plain", 415),
    ],
)
def test_run_refused(sample: Sample, name: str, content: bytes, content_type: str, status: int) -> None:
    """Only a timer can be run by hand, and only with a JSON object."""
    answer = sample.post(f"/admin/functions/{name}", content=content, headers={"Content-Type": content_type})
    assert answer.status_code == status


def test_reason_of_refusal(sample: Sample) -> None:
    """Asking for an HTTP function says what to do instead."""
    answer = sample.run_timer("items")
    assert "send the HTTP request itself" in json.loads(answer.content)["message"]


def test_other_paths_go_to_functions(sample: Sample) -> None:
    """What the host does not know under /admin is routed like any path."""
    assert sample.post("/admin/elsewhere", content=b"abc").text == "abc"
    assert sample.get("/admin/users").status_code == 404


def test_body_limit(sample: Sample) -> None:
    """A body that is too large is refused here too."""
    assert sample.post("/admin/functions/tick", json={"input": "x" * 1000}).status_code == 413
