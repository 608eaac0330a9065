"""A function app with one function for every rule of the local host that needs the worker to be seen."""

import asyncio
import json
import os
import time
from typing import Any

import azure.functions as func
from azure.functions.timer import TimerRequest

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
_gate = asyncio.Event()
_runs: list[dict[str, Any]] = []


@app.route("echo/{*rest}")
async def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer with everything that arrived."""
    return _json(
        {
            "method": req.method,
            "url": req.url,
            "headers": dict(req.headers),
            "query": dict(req.params),
            "route": dict(req.route_params),
            "body": req.get_body().decode("utf-8", "replace"),
            "length": len(req.get_body()),
            "function": context.function_name,
            "invocation": context.invocation_id,
            "trace": context.trace_context.trace_parent,
        }
    )


@app.route("items/{id:int}", methods=["GET", "HEAD"])
async def items(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with the item's number."""
    return func.HttpResponse(req.route_params["id"])


@app.route("status/{code:int}/{body?}")
async def status(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with the status and body that the path asks for."""
    return func.HttpResponse(req.route_params.get("body", ""), status_code=int(req.route_params["code"]))


@app.route("headers/{kind}")
async def headers(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with headers of one kind."""
    response = func.HttpResponse(b"{}", mimetype="application/scim+json")
    match req.route_params["kind"]:
        case "repeated":
            response.headers.add("X-Twice", "first")
            response.headers.add("X-Twice", "second")
        case "cookies":
            response.headers.add("Set-Cookie", 'a="1 2"; Path=/; HttpOnly; SameSite=Lax; Max-Age=60')
            response.headers.add("Set-Cookie", "b=2; Secure; Domain=rollcall.example")
        case "own":
            response.headers["Cache-Control"] = "private"
        case "bad":
            response.headers["X-Name"] = "Zoë"
    return response


@app.route("returns/none")
async def returns_none(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Return nothing, which the worker refuses."""
    return None  # type: ignore[return-value]


@app.route("returns/dict")
async def returns_dict(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Return a dictionary, which the worker refuses."""
    return {"secret": "never shown"}  # type: ignore[return-value]


@app.route("returns/text")
async def returns_text(req: func.HttpRequest) -> str:
    """Return the text in the query."""
    text: str = req.params["text"]
    return text


@app.route("raises")
async def raises(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Raise."""
    raise LookupError("said in the log only")


@app.route("sync", methods=["GET"])
def sync(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Answer from a thread of the worker's pool."""
    time.sleep(0)
    return func.HttpResponse("from a thread")


@app.route("broken/{id:regex(()}")
async def broken(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Be reached by nothing: the constraint is no regular expression."""
    return func.HttpResponse("never")


@app.route("admin/users")
async def reserved(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Be refused: the route is reserved."""
    return func.HttpResponse("never")


@app.route("{first}/elsewhere")
async def elsewhere(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with the body; also under /admin, where the host knows nothing of the name."""
    return func.HttpResponse(req.get_body())


@app.route("items/{ID:INT}", methods=["GET"])
async def items_again(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Be refused: another function has the route."""
    return func.HttpResponse("never")


@app.route("switched/off")
async def switched_off(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Be hidden by a setting."""
    return func.HttpResponse("never")


@app.queue_trigger(arg_name="message", queue_name="q", connection="c")
async def queued(message: func.QueueMessage) -> None:
    """Be refused: the trigger is not imitated."""


@app.timer_trigger(schedule="%NO_SUCH_SETTING%", arg_name="timer")
async def unscheduled(timer: func.TimerRequest) -> None:
    """Be refused: the setting is missing."""


@app.timer_trigger(schedule="%SAMPLE_SCHEDULE%", arg_name="timer", run_on_startup=True)
async def tick(timer: TimerRequest) -> None:
    """Remember each run."""
    await asyncio.sleep(0)
    _runs.append({"past_due": timer.past_due, "status": timer.schedule_status})


@app.route("runs", methods=["GET"])
async def runs(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Answer with the runs of the timer so far, and the app's view of its surroundings."""
    return _json({"runs": _runs, "folder": os.getcwd(), "setting": os.environ.get("SAMPLE_SETTING")})


@app.route("gate")
async def gate(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Answer once the gate is open."""
    await _gate.wait()
    return func.HttpResponse("open")


@app.timer_trigger(schedule="0 0 0 30 2 *", arg_name="timer")
async def open_gate(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Open the gate; to be run by hand."""
    _gate.set()


def _json(content: object) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(content), mimetype="application/json")
