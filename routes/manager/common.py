"""What all routes of the manager API have in common: models of bodies, queries and answers, pages, and versions."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from domain.access.signin import Caller
from domain.provisioning.listing import seal_position, unseal_position
from routes.http import Request, Response
from routes.problems import InvalidRequest, Problem
from routes.route import Services
from scim import versions

MANAGER_BASE = "manager/account/{account}"
JSON = "application/json"
MAX_PAGE = 200
"""Resources of one page."""


class Body(BaseModel):
    """What a request sends: members in camelCase, and no others than those told."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, defer_build=True)


class Ask(BaseModel):
    """The query of a request; the host gives the names of parameters in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PageAsk(Ask):
    """The query of a list that comes in pages."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Resources of a page.")] = 50
    cursor: Annotated[str, Field(max_length=4096, description="The `nextCursor` of the page before.")] = ""


class View(BaseModel):
    """What an answer shows, in camelCase; what is None is left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True)


class PageView[V: View](View):
    """One page of a list; the last one has no `nextCursor`."""

    items: list[V]
    next_cursor: str | None = None
    total: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """What a text looks like: as a pattern in ``/openapi.json``, and in words for whoever sends another."""

    pattern: str
    told: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"pattern": self.pattern}

    def _check(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(self.told)
        return text


def read_body[B: Body](model: type[B], request: Request) -> B:
    """The body as *model*.  Raises: InvalidRequest: It does not fit; every misfit is told."""
    return _read(model, request.payload, in_query=False)


def read_query[A: Ask](model: type[A], request: Request) -> A:
    """The query as *model*.  Raises: InvalidRequest: A parameter does not fit, or there is none of this name."""
    return _read(model, dict(request.query), in_query=True)


def _read[M: BaseModel](model: type[M], given: Any, *, in_query: bool) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidRequest(*_problems(error, in_query=in_query)) from None


def _problems(error: ValidationError, *, in_query: bool) -> Iterator[Problem]:
    for each in error.errors(include_url=False, include_input=False, include_context=False)[:20]:
        parts = [str(part) for part in each["loc"]]
        where = ".".join(parts) if in_query else "".join(f"/{_escaped(part)}" for part in parts)
        told = each["msg"].removeprefix("Value error, ")
        yield Problem(_WORDS.get(each["type"], told), where, in_query)


_TIME = "must be a time such as 2030-01-31T00:00:00Z"
_WORDS = {
    "extra_forbidden": "there is nothing of this name here",
    "missing": "is missing",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
}


def _escaped(part: str) -> str:
    """A part of a JSON pointer.  RFC 6901 §3."""
    return part.replace("~", "~0").replace("/", "~1")


# Answers


def answer(view: View, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """*view* as JSON."""
    return Response(status, view.model_dump(mode="json", by_alias=True, exclude_none=True), headers or {}, JSON)


def answer_versioned(view: View, version: str, *, location: str | None = None) -> Response:
    """*view* with its ETag; a new resource also with its Location."""
    headers = {"ETag": versions.weak_etag(version)}
    if location is None:
        return answer(view, headers=headers)
    return answer(view, status=201, headers=headers | {"Location": location})


def unless_known(view: View, version: str, request: Request) -> Response:
    """*view* with its ETag, or 304 where the client has this version already."""
    etag = versions.weak_etag(version)
    if request.if_none_match is not None and versions.matches(request.if_none_match, etag):
        return Response(304, headers={"ETag": etag})
    return answer_versioned(view, version)


def manager_url(services: Services, caller: Caller, *below: str) -> str:
    """An address below the manager API of the caller's account: it begins as configured, never by a header."""
    return "/".join((services.public_url, MANAGER_BASE.format(account=caller.account.id), *below))


# Pages


@dataclasses.dataclass(frozen=True, slots=True)
class Walk:
    """A walk through a list by sealed cursors: whose it is, what it lists, and the position that it has reached."""

    services: Services
    caller: Caller
    told: str
    after: str

    @classmethod
    def of(cls, services: Services, caller: Caller, request: Request, ask: PageAsk) -> "Walk":
        """The walk that *ask* goes on with; a cursor serves the path and the parameters that it was given for.

        Raises:
            InvalidCursorException, ExpiredCursorException: As `cursors.unseal`.
        """
        asked = ask.model_dump_json(exclude={"cursor"})
        told = f"{request.path.strip('/').lower()}\n{asked}"
        after = unseal_position(services.desk, caller, ask.cursor, told) if ask.cursor else ""
        return cls(services, caller, told, after)

    def page[V: View](self, items: Sequence[V], following: str | None, total: int | None = None) -> Response:
        """The answer with *items*, and the cursor that leads on where *following* is a position."""
        desk = self.services.desk
        cursor = None if following is None else seal_position(desk, self.caller, following, self.told)
        return answer(PageView[V](items=list(items), next_cursor=cursor, total=total))
