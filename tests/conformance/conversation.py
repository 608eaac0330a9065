"""One case as it goes: its variables, its requests and what is expected of the answers."""

import asyncio
import copy
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from tests.conformance.checks import MISSING, Answer, failures, resolve
from tests.conformance.suite import Case, checks_of_shape, listed
from tests.stack import SCIM_JSON

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)((?:\|\w+)*)\s*\}\}")
_FILTERS: dict[str, Callable[[Any], Any]] = {
    "upper": lambda text: str(text).upper(),
    "lower": lambda text: str(text).lower(),
    "swapcase": lambda text: str(text).swapcase(),
    "url": lambda text: quote(str(text), safe=""),
    "next": lambda number: number + 1,
}


class Unmet(AssertionError):
    """An expectation of a step does not hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case takes place: the base URL, the token, and a client that sets no headers of its own."""

    url: str
    token: str
    client: httpx.AsyncClient


async def hold(case: Case, place: Place) -> None:
    """Send the requests of *case* and check the answers.

    Raises:
        Unmet: The first expectation that does not hold.
    """
    conversation = _Conversation(place, Words(case.payloads, place.url))
    for number, step in enumerate(case.steps, 1):
        await conversation.step(number, step)


@dataclass
class Words:
    """The variables of one case, and how they are put into what it sends and expects."""

    payloads: Mapping[str, Any]
    base: str
    variables: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.variables |= {"unique": uuid.uuid4().hex[:12], "uuid": str(uuid.uuid4()), "base": self.base}

    def fill(self, value: Any) -> Any:
        """*value* with its variables replaced; a text that is one variable only takes the variable's type."""
        if isinstance(value, dict):
            return self._payload(value) if "$use" in value else {self.fill(k): self.fill(v) for k, v in value.items()}
        if isinstance(value, list):
            return [filled for item in value for filled in self._items(item)]
        if not isinstance(value, str):
            return value
        if whole := _PLACEHOLDER.fullmatch(value):
            return self._look_up(whole)
        return _PLACEHOLDER.sub(lambda found: str(self._look_up(found)), value)

    def save(self, wanted: Mapping[str, str], answer: Answer) -> None:
        """Keep values for later steps: NAME replaces, NAME[] appends; "header:X" takes a header.  Raises: Unmet."""
        for name, source in wanted.items():
            kind, _, header = source.partition("header:")
            found = resolve(answer.json, kind) if not header else answer.headers.get(header.lower(), MISSING)
            if found is MISSING:
                raise Unmet(f"the answer has no {source} to go on with")
            if name.endswith("[]"):
                self.variables.setdefault(name[:-2], []).append(found)
            else:
                self.variables[name] = found

    def _payload(self, use: Mapping[str, Any]) -> Any:
        """``{"$use": NAME, "$with": {…}, "$without": […]}``: a payload with members laid over it or left out."""
        base = copy.deepcopy(self.payloads[use["$use"]]) | use.get("$with", {})
        return self.fill({name: value for name, value in base.items() if name not in use.get("$without", [])})

    def _items(self, item: Any) -> list[Any]:
        """What stands for one element: ``$times`` repeats it, ``$each`` makes one for each value saved as NAME[]."""
        if isinstance(item, dict) and "$times" in item:
            return [self.fill(item["$item"])] * int(self.fill(item["$times"]))
        if isinstance(item, dict) and "$each" in item:
            return [self._with_each(item["$item"], value) for value in self.variables[item["$each"]]]
        return [self.fill(item)]

    def _with_each(self, item: Any, value: Any) -> Any:
        self.variables["each"] = value
        return self.fill(item)

    def _look_up(self, found: re.Match[str]) -> Any:
        value = self.variables[found[1]]
        for applied in filter(None, found[2].split("|")):
            value = _FILTERS[applied](value)
        return value


@dataclass(frozen=True, slots=True)
class _Conversation:
    place: Place
    words: Words

    async def step(self, number: int, step: Mapping[str, Any]) -> None:
        await asyncio.sleep(step.get("wait_ms", 0) / 1000)
        try:
            if "parallel" in step:
                await self._at_once(step)
            for turn in range(0 if "parallel" in step else step.get("repeat", 1)):
                self.words.variables["i"] = turn + 1
                await self._once(step)
        except Unmet as unmet:
            raise Unmet(f"step {number} {step['do']}: {unmet}") from None

    async def _once(self, step: Mapping[str, Any]) -> None:
        answer = await _send(self.place, self.words.fill(_request(step)))
        self.words.variables["status"] = str(answer.status)
        if problems := self._problems(step, answer):
            raise Unmet("; ".join(problems))
        self.words.save(step.get("save", {}), answer)

    async def _at_once(self, step: Mapping[str, Any]) -> None:
        """Send a step's request many times at the same moment."""
        requests = []
        for turn in range(step["parallel"]):
            self.words.variables["i"] = turn + 1
            requests.append(self.words.fill(_request(step)))
        answers = await asyncio.gather(*(_send(self.place, each) for each in requests))
        seen = Counter(answer.status for answer in answers)
        tally = {int(status): count for status, count in step.get("tally", {}).items()}
        if set(seen) - set(_allowed(step)) or any(seen[status] != count for status, count in tally.items()):
            raise Unmet(f"expected {tally or _allowed(step)}, got {dict(seen)}")

    def _problems(self, step: Mapping[str, Any], answer: Answer) -> list[str]:
        if answer.status not in _allowed(step):
            return [f"expected status {_allowed(step)}, got {answer.status}: {answer.text[:300]}"]
        checks = [check for name in listed(step.get("shape")) for check in checks_of_shape(name)]
        checks += step.get("check", [])
        checks += step.get("check_body", []) if answer.json is not None else []
        checks += step.get("check_status", {}).get(str(answer.status), [])
        problems = [problem for check in checks for problem in failures(self.words.fill(check), answer)]
        if answer.milliseconds > step.get("max_ms", float("inf")):
            problems.append(f"took {answer.milliseconds:.0f} ms, more than {step['max_ms']} ms")
        return problems


def _request(step: Mapping[str, Any]) -> dict[str, Any]:
    return {name: step[name] for name in ("do", "query", "body", "raw", "headers", "auth") if name in step}


def _allowed(step: Mapping[str, Any]) -> list[int]:
    return listed(step.get("status", 200))


async def _send(place: Place, request: Mapping[str, Any]) -> Answer:
    """The answer to one request; a path that is a whole URL is taken as it is."""
    method, path = request["do"].split(" ", 1)
    url = path if path.startswith("http") else place.url + path
    if query := request.get("query"):
        url += "?" + urlencode(query, quote_via=quote)
    content = request.get("raw", json.dumps(request["body"]) if request.get("body") is not None else None)
    headers = {"Accept": SCIM_JSON}
    if content is not None:
        headers["Content-Type"] = SCIM_JSON
    if (auth := request.get("auth", "token")) != "none":
        headers["Authorization"] = f"Bearer {place.token if auth == 'token' else 'not-the-right-token'}"
    started = time.perf_counter()
    answer = await place.client.request(method, url, content=content, headers=headers | request.get("headers", {}))
    elapsed = (time.perf_counter() - started) * 1000
    return Answer(answer.status_code, dict(answer.headers), answer.text, _json(answer.text), elapsed)


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except json.JSONDecodeError:
        return None
