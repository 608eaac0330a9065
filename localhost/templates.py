"""Route templates such as ``api/Users/{id:guid}``: parsed once, then matched as the host's router does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from localhost.constraints import BadConstraint, Constraint, NotImitated, make_constraint

Values = dict[str, str | None]
"""What a path gives the parameters of its template; ``None`` where a catch-all found nothing."""

# In both, a doubled brace is one brace; `}}` never ends a parameter.
_TOKEN = re.compile(r"(?P<slash>/)|(?P<literal>(?:[^{}/]|\{\{|\}\})+)|\{(?P<parameter>(?:[^{}]|\{\{|\}\})*+)\}")
_CONSTRAINT = re.compile(r":(?P<text>[^:=(]*(?:\(.*?\)(?=[:=]|$))?)", re.DOTALL)
_NAME = re.compile(r".[^:=]*", re.DOTALL)
_SIGNS_NOT_IN_NAMES = frozenset("{}/?*")


class BadTemplate(ValueError):
    """A template breaks a rule of the router; the real host does not start then."""


@dataclass(frozen=True)
class Parameter:
    """One ``{name…}`` of a template, matching a whole segment or a part of one."""

    name: str
    catch_all: bool = False
    optional: bool = False
    default: str | None = None
    constraints: tuple[Constraint, ...] = ()

    @property
    def may_be_left_out(self) -> bool:
        """Whether a path may end before this parameter."""
        return self.optional or self.catch_all or self.default is not None

    def accepts(self, value: str | None) -> bool:
        """Whether every constraint holds; an optional parameter without a value is not asked."""
        if not self.constraints or (self.optional and not value):
            return True
        return value is not None and all(holds(value) for holds in self.constraints)


Segment = tuple[str | Parameter, ...]
"""What stands between two slashes: literals and parameters in turn."""


@dataclass(frozen=True)
class Template:
    """A parsed template; ``parse`` makes one."""

    segments: tuple[Segment, ...]
    parameters: tuple[Parameter, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the template that *text* spells.

        Raises:
            BadTemplate: The real host does not start with it either.
            NotImitated: It uses what only the real host knows.
        """
        if text.startswith("~") and not text.startswith("~/"):
            raise BadTemplate("a template cannot start with '~' unless '/' follows")
        segments = tuple(_read_segments(text.removeprefix("~").removeprefix("/")))
        parameters = tuple(part for segment in segments for part in segment if isinstance(part, Parameter))
        _check_names(parameters)
        for segment in segments:
            _check_segment(segment, is_last=segment is segments[-1])
        return cls(segments, parameters)

    def match(self, path: str) -> Values | None:
        """Return the values that *path* gives, ``None`` if it does not fit; one slash at the end is ignored.

        An optional parameter without a value is absent.

        Raises:
            BrokenPattern: The path fits otherwise, and a ``regex`` that is none had to be asked.
        """
        values: Values = {
            parameter.name: parameter.default
            for parameter in self.parameters
            if parameter.default is not None or parameter.catch_all
        }
        if not _match_segments(self.segments, path.removeprefix("/"), values):
            return None
        return values if all(parameter.accepts(values.get(parameter.name)) for parameter in self.parameters) else None


def _read_segments(text: str) -> Iterator[Segment]:
    parts: list[str | Parameter] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise BadTemplate("'{' and '}' must come in pairs, or be doubled to stand for themselves")
        position = token.end()
        if token["slash"] is None:
            parts.append(_read_part(token))
        elif parts:
            yield tuple(parts)
            parts = []
        else:
            raise BadTemplate("the separator '/' cannot appear twice in a row")
    if parts:
        yield tuple(parts)


def _read_part(token: re.Match[str]) -> str | Parameter:
    if token["literal"] is None:
        return _read_parameter(_single_braces(token["parameter"]))
    literal = _single_braces(token["literal"])
    if "?" in literal:
        raise BadTemplate(f"the literal '{literal}' cannot contain '?'")
    return literal


def _single_braces(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


def _read_parameter(text: str) -> Parameter:
    """Return the parameter that the *text* between two braces spells, e.g. ``*path`` or ``id:int=5``."""
    body = text.removeprefix("*").removeprefix("*")
    catch_all, optional = body != text, body.endswith("?")
    body = body.removesuffix("?")
    name = found.group() if (found := _NAME.match(body)) else ""
    if not name or _SIGNS_NOT_IN_NAMES & set(name):
        raise BadTemplate(f"the parameter name '{name}' is empty or has a sign that no name may have")
    constraints, default = _read_constraints(body.removeprefix(name))
    if optional and (catch_all or default is not None):
        raise BadTemplate(f"the parameter '{name}' cannot be optional and a catch-all, or have a default value")
    return Parameter(name, catch_all, optional, default, constraints)


def _read_constraints(text: str) -> tuple[tuple[Constraint, ...], str | None]:
    """Return what follows the name, as in ``:int:min(5)=7``: constraints, and the default value or ``None``."""
    constraints: list[Constraint] = []
    while text.startswith(":") and (found := _CONSTRAINT.match(text)):
        if not found["text"]:
            raise NotImitated("an empty constraint")
        try:
            constraints.append(make_constraint(found["text"]))
        except BadConstraint as error:
            raise BadTemplate(str(error)) from error
        text = text[found.end() :]
    if text and not text.startswith("="):
        raise BadTemplate(f"'{text}' is no constraint")
    return tuple(constraints), text[1:] if text else None


def _check_names(parameters: Sequence[Parameter]) -> None:
    names: set[str] = set()
    for parameter in parameters:
        if parameter.name.lower() in names:
            raise BadTemplate(f"the parameter name '{parameter.name}' appears more than one time")
        names.add(parameter.name.lower())


def _check_segment(segment: Segment, *, is_last: bool) -> None:
    for before, part in zip((None, *segment), segment, strict=False):
        if not isinstance(part, Parameter):
            continue
        if part.catch_all and not (is_last and len(segment) == 1):
            raise BadTemplate(f"the catch-all '{part.name}' must be alone in the last segment")
        if isinstance(before, Parameter):
            raise BadTemplate(f"'{before.name}' and '{part.name}' must be separated by a literal")
        if part.optional and len(segment) > 1 and (part is not segment[-1] or before != "."):
            raise BadTemplate(f"the optional '{part.name}' must end its segment, after a period")


def _match_segments(segments: Sequence[Segment], rest: str, values: Values) -> bool:
    """Whether *rest* of a path fits *segments*; what it gives is added to *values*."""
    for position, segment in enumerate(segments):
        if not rest:
            return all(_may_be_left_out(left) for left in segments[position:])
        first = segment[0]
        if isinstance(first, Parameter) and first.catch_all:
            values[first.name] = rest
            return not rest.startswith("/")
        text, _, rest = rest.partition("/")
        if not text or not _match_segment(segment, text, values):
            return False
    return not rest


def _may_be_left_out(segment: Segment) -> bool:
    first = segment[0]
    return len(segment) == 1 and isinstance(first, Parameter) and first.may_be_left_out


def _match_segment(segment: Segment, text: str, values: Values) -> bool:
    first = segment[0]
    if len(segment) > 1:
        return _match_mixed(segment, text, values)
    if isinstance(first, Parameter):
        values[first.name] = text
        return True
    return text.upper() == first.upper()


def _match_mixed(segment: Segment, text: str, values: Values) -> bool:
    """Match literals and parameters in one segment, as long as possible from the left, none empty."""
    pattern = "".join("(.+)" if isinstance(part, Parameter) else re.escape(part) for part in segment)
    names = [part.name for part in segment if isinstance(part, Parameter)]
    if found := re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL):
        values.update(zip(names, found.groups(), strict=True))
        return True
    last = segment[-1]
    if isinstance(last, Parameter) and last.optional and not text.endswith("."):
        return _match_segment(segment[:-2], text, values)
    return False
