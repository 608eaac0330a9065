"""Where the path of a PATCH operation leads: the attribute of a resource type that it names."""

from dataclasses import dataclass
from typing import Any

from scim2_models import Attribute, InvalidPathException, Mutability, Path
from scim2_models.path import AttrPath, Comparison, Present, ValuePath

from scim.attributes import Location, core, extension, locate, sub_attributes
from scim.filters import compile_filter
from scim.types import type_of

_FORM = 'write paths like: title, emails[type eq "work"].value, or the URN of an extension, a colon and its attribute'


@dataclass(frozen=True, slots=True)
class Target:
    """A path whose attribute is known.

    ``path`` has the URN of its extension before it.  ``attribute`` is what it names, a sub-attribute where it leads to
    one, and ``head`` the attribute that has it.  ``filtered`` says whether a value filter selects elements.
    """

    path: str
    location: Location
    head: Attribute
    attribute: Attribute
    filtered: bool

    @property
    def read_only(self) -> bool:
        own = self.location.name in ("id", "meta")
        return own or Mutability.read_only in (self.head.mutability, self.attribute.mutability)

    @property
    def required(self) -> bool:
        """Whether a resource must have it; a part is required of nothing."""
        return self.location.sub is None and bool(self.attribute.required)

    @property
    def whole_list(self) -> bool:
        """Whether all elements of a multi-valued attribute are meant, as they are."""
        return bool(self.attribute.multi_valued) and self.location.sub is None and not self.filtered

    @property
    def of_preferred(self) -> bool:
        """Whether a part of the one element is meant that a list prefers, as no filter selects others (Q6)."""
        return self.location.multi_valued and self.location.sub is not None and not self.filtered

    @property
    def prefix(self) -> str:
        """What stands before the name of the attribute to make it whole."""
        holder = f"{self.location.extension}:" if self.location.extension else ""
        return f"{holder}{self.location.name}." if self.location.sub else holder


def find(text: str, kind: str) -> Target:
    """The attribute of *kind* that the path *text* names.

    Raises:
        InvalidPathException: Malformed, no such attribute, or a value filter on what has one value.
        InvalidFilterException: A value filter that the attribute's elements cannot be asked.
    """
    text = _with_colon(text, kind)
    path = _read(text)
    match path.ast:
        case ValuePath(attr_path=head, sub_attr=sub):
            named = AttrPath(head.attr, sub, head.uri)
        case Comparison(attr_path=head) | Present(attr_path=head):
            named = AttrPath(head.attr, None, head.uri)
            text = f"{named}[{path.value_filter}]"
        case AttrPath() as named:
            head = named
        case _:
            raise InvalidPathException(path=text, detail=f"{text} names no attribute")
    location = locate(kind, named)
    if location is None:
        raise InvalidPathException(path=text, detail=f"{kind} has no attribute {named}")
    if location.extension is not None and head.uri is None:  # Entra's bare ``manager``
        text = f"{location.extension}:{text}"
    _check_filter(path, location, kind)
    return Target(text, location, *_attributes(location, kind), filtered=path.value_filter is not None)


def _read(text: str) -> Path[Any]:
    try:
        return Path(text)
    except InvalidPathException as error:
        if error.__cause__ is None:  # past a limit of the library, and no matter of syntax
            raise
        raise InvalidPathException(path=text, detail=f"{error.detail}; {_FORM}") from None


def _with_colon(text: str, kind: str) -> str:
    """*text* with a colon after the URN of an extension, where Entra's jobs of 2018 put a dot (entra.md §4.1)."""
    for urn in type_of(kind).extensions:
        if text.lower().startswith(f"{urn.lower()}."):
            return f"{urn}:{text[len(urn) + 1 :]}"
    return text


def _check_filter(path: Path[Any], location: Location, kind: str) -> None:
    """Refuse a value filter on what has no values to select, or on sub-attributes that are not there."""
    if path.value_filter is None:
        return
    if not location.multi_valued:
        raise InvalidPathException(path=str(path), detail=f"{location.name} has no values to select with brackets")
    compile_filter(ValuePath(AttrPath(location.name, None, location.extension), path.value_filter), kind)


def _attributes(location: Location, kind: str) -> tuple[Attribute, Attribute]:
    """The attribute at *location*, and the sub-attribute of it that is named, or the same again.

    Common attributes are in no schema (RFC 7643 §3.1); they count as texts, and none of them is ever written.
    """
    known = extension(kind, location.extension) if location.extension else core(kind)
    head = known.get(location.name.lower()) or Attribute(name=location.name, type=Attribute.Type.string)
    return head, head if location.sub is None else sub_attributes(head).get(location.sub.lower(), head)
