"""Bulk requests: each operation goes through the route that serves it alone.  RFC 7644 §3.7.

Operations run in the order of the request, except that one that names a new resource waits for the operation that makes
it.  Resources that name each other in a circle are made without these references first, and get them afterwards.
Changes of one resource that follow each other are written as one, which saves a transaction for each.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from scim2_models import ConflictException, InvalidSyntaxException, InvalidValueException, NotFoundException

from domain.access.signin import Caller
from routes import group_members_api, refusals, scim_api
from routes.auth import check_permissions
from routes.errors import answer_to
from routes.fallback import allowed_methods
from routes.http import Request, Response
from routes.route import SCIM_BASE, Route, Services
from scim.bulk import (
    BulkOperation,
    Turn,
    arranged,
    bulk_response,
    merged_patch,
    parse_bulk,
    references_as_patch,
    without_references,
)
from scim.errors import MethodNotAllowed
from scim.json_types import JsonObject


async def run_bulk(services: Services, caller: Caller, request: Request) -> Response:
    """A result for each operation that was tried; after as many errors as the client allows, the rest is not."""
    asked = parse_bulk(request.payload)
    services.rates.charge(caller, len(asked.operations) - 1)  # each counts as the request that it saves
    run = _Run(services, caller, request, asked.operations, asked.fail_on_errors or len(asked.operations) + 1)
    await run.all()
    return Response(200, bulk_response([run.result(index) for index in sorted(run.answers)]))


@dataclass(slots=True)
class _Run:
    """One bulk request under way: the answers by the index of their operation, and the new ids by bulkId."""

    services: Services
    caller: Caller
    request: Request
    operations: Sequence[BulkOperation]
    errors_allowed: int
    answers: dict[int, Response] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    async def all(self) -> None:
        turns = arranged(self.operations)
        position = 0
        while position < len(turns) and not self._has_failed():
            together = self._together(turns, position)
            if len(together) == 1 or not await self._merged(together):
                for index in together:
                    if not self._has_failed():
                        await self._alone(index, turns[position][1])
            position += len(together)
        for index, turn in turns:
            if turn is Turn.WITHOUT_CIRCLE and index in self.answers and not self._has_failed():
                await self._complete(index)

    def result(self, index: int) -> JsonObject:
        """The result of one operation, as the response lists it.  RFC 7644 §3.7.3."""
        operation, answer = self.operations[index], self.answers[index]
        result: JsonObject = {"method": operation.method, "status": str(answer.status)}
        if operation.bulk_id:
            result["bulkId"] = operation.bulk_id
        if location := self._location(operation, answer):
            result["location"] = location
        if etag := answer.headers.get("ETag"):
            result["version"] = etag
        if answer.status >= 400:
            result["response"] = answer.body
        return result

    def _location(self, operation: BulkOperation, answer: Response) -> str:
        """Where the resource is; nowhere, where none was made."""
        told = answer.headers.get("Location") or answer.headers.get("Content-Location")
        if told or operation.method == "POST":
            return told or ""
        return f"{self.services.base_url(self.caller)}{operation.resolved(self.ids).path}"

    def _has_failed(self) -> bool:
        return sum(answer.status >= 400 for answer in self.answers.values()) >= self.errors_allowed

    def _together(self, turns: Sequence[tuple[int, Turn]], position: int) -> list[int]:
        """The operation whose turn it is, and those after it that change the same resource without conditions."""
        first = turns[position][0]
        together = [first]
        for index, _ in turns[position + 1 :]:
            if not self._changes_the_same(self.operations[first], self.operations[index]):
                break
            together.append(index)
        return together

    def _changes_the_same(self, one: BulkOperation, other: BulkOperation) -> bool:
        same = one.method == other.method == "PATCH" and one.version is None and other.version is None
        return same and one.resolved(self.ids).path == other.resolved(self.ids).path

    async def _merged(self, indexes: Sequence[int]) -> bool:
        """Whether several changes of one resource could be written as one; if not, nothing is changed."""
        operations = [self.operations[index].resolved(self.ids) for index in indexes]
        data = merged_patch(operations)
        if data is None or any(operation.references for operation in operations):
            return False
        answer = await self._answer(dataclasses.replace(operations[0], data=data))
        if answer.status < 400:
            self.answers |= dict.fromkeys(indexes, answer)
        return answer.status < 400

    async def _alone(self, index: int, turn: Turn) -> None:
        operation = self.operations[index].resolved(self.ids)
        if turn is Turn.WITHOUT_CIRCLE:
            operation = without_references(operation)
        answer = await self._answer(operation, stuck=turn is Turn.STUCK)
        self.answers[index] = answer
        await self._note(operation, answer)
        if operation.method == "POST" and operation.bulk_id and answer.status == 201 and answer.body:
            self.ids.setdefault(operation.bulk_id, str(answer.body["id"]))

    async def _complete(self, index: int) -> None:
        """Give a resource the references that it was made without."""
        operation, made = self.operations[index], self.answers[index]
        if made.status != 201 or made.body is None:
            return
        kind_path = operation.path.rstrip("/")
        patch = BulkOperation("PATCH", f"{kind_path}/{made.body['id']}", "", None, references_as_patch(operation))
        answer = await self._answer(patch.resolved(self.ids))
        if answer.status >= 400:
            self.answers[index] = answer
            await self._note(patch, answer)

    async def _note(self, operation: BulkOperation, answer: Response) -> None:
        """Write down that an operation was refused."""
        if answer.status >= 400:
            path = f"/{SCIM_BASE.format(account=self.caller.account.id)}/{operation.path.strip('/')}"
            tried = dataclasses.replace(self.request, method=operation.method, path=path, payload=operation.data)
            await refusals.note(self.services, self.caller.actor, tried, answer)

    async def _answer(self, operation: BulkOperation, *, stuck: bool = False) -> Response:
        """What the route of *operation* answers; every failure is an answer too."""
        request = dataclasses.replace(
            self.request, method=operation.method, path=operation.path, payload=operation.data
        )
        try:
            route = self._checked(operation, stuck=stuck)
            check_permissions(self.caller, route.needs)
            headers = {} if operation.version is None else {"if-match": operation.version}
            values = {"account": self.caller.account.id, "id": operation.path.rstrip("/").rpartition("/")[2]}
            return await route.handler(
                self.services, self.caller, dataclasses.replace(request, route=values, query={}, headers=headers)
            )
        except Exception as error:
            return answer_to(error, request)

    def _checked(self, operation: BulkOperation, *, stuck: bool) -> Route:
        """The route of an operation that makes sense.

        Raises:
            InvalidSyntaxException: A POST without a bulkId, or a method that bulk does not have.
            InvalidValueException: A reference to a bulkId that no operation has.
            ConflictException: A reference to a resource that was not made, or a circle that cannot be opened.
            NotFoundException, MethodNotAllowed: No such endpoint.
        """
        if operation.method == "POST" and not operation.bulk_id:
            raise InvalidSyntaxException(detail="POST needs a bulkId")
        given = {each.bulk_id for each in self.operations if each.method == "POST"}
        for name in sorted(operation.references):
            if name not in given:
                raise InvalidValueException(detail=f"no operation of this request has the bulkId {name}")
            if stuck or name not in self.ids:
                raise ConflictException(detail=f"the resource of bulkId {name} was not made, so it cannot be named")
        path = f"{SCIM_BASE.format(account=self.caller.account.id)}/{operation.path.strip('/')}"
        for route in ROUTES_IN_BULK:
            if route.method == operation.method and route.has_path(path):
                return route
        if allowed := allowed_methods(path, ROUTES_IN_BULK):
            raise MethodNotAllowed(allowed)
        raise NotFoundException(detail=f"bulk has no endpoint {operation.path}")


ROUTES_IN_BULK: tuple[Route, ...] = tuple(
    each
    for each in (*group_members_api.ROUTES, *scim_api.ROUTES)
    if each.method != "GET" and not each.template.endswith("/.search")
)
"""What an operation can be: everything that writes users, groups and memberships."""

ROUTES: tuple[Route, ...] = (Route("bulk", "POST", f"{SCIM_BASE}/Bulk", run_bulk, reads_body=True),)
