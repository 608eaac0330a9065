"""What the YAML file declares, checked; its form is described in docs/enterprise-application.md."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticSerializationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from domain.accounts import NAME_LIMIT, is_account_id
from routes.route import SCIM_BASE

_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
ObjectId = Annotated[str, Field(pattern=f"^{_GUID}$")]

OPERATORS = (
    "EQUALS", "NOT EQUALS", "IS TRUE", "IS FALSE", "IS NULL", "IS NOT NULL", "REGEX MATCH", "NOT REGEX MATCH",
    "Greater_Than", "Greater_Than_OR_EQUALS", "Includes", "ENDS_WITH",
)  # fmt: skip
"""Those of a scoping filter (entra.md §7.2)."""
_WITHOUT_VALUE = {"IS TRUE", "IS FALSE", "IS NULL", "IS NOT NULL"}


class BadDeclaration(ValueError):
    """The file cannot be read or says something that is not possible; the text tells where."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Clause(_Strict):
    """One condition on an attribute of Entra's."""

    attribute: str = Field(min_length=1)
    operator: Literal[OPERATORS]  # type: ignore[valid-type]  # the table of operators is the one place that names them
    value: str | None = None

    @model_validator(mode="after")
    def _needs_value(self) -> Self:
        if (self.value is None) != (self.operator in _WITHOUT_VALUE):
            raise ValueError(f"{self.operator} {'takes no' if self.value is not None else 'needs a'} value")
        return self


class ScopingFilter(_Strict):
    """Conditions that must all hold; where there are several filters, one of them must."""

    name: str = Field(min_length=1)
    clauses: tuple[Clause, ...] = Field(min_length=1)


class Attribute(_Strict):
    """One line of a mapping: a target, and where its value is from: an attribute, an expression or a constant."""

    target: str = Field(min_length=1)
    source: str | None = Field(None, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    expression: str | None = Field(None, min_length=1, max_length=10_000)
    constant: str | None = None
    match: int = Field(0, ge=0)
    when: Literal["always", "create"] = "always"
    default: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(each is not None for each in (self.source, self.expression, self.constant)) != 1:
            raise ValueError("name one of source, expression and constant")
        return self

    @property
    def formula(self) -> str:
        """The source as an expression of Entra's language."""
        if self.source is not None:
            return f"[{self.source}]"
        return self.expression or '"{}"'.format(re.sub(r'(["\\])', r"\\\1", self.constant or ""))


class ObjectMapping(_Strict):
    """How one kind of object is provisioned."""

    enabled: bool = True
    operations: tuple[Literal["create", "update", "delete"], ...] = ("create", "update", "delete")
    attributes: tuple[Attribute, ...] | None = None
    scoping: tuple[ScopingFilter, ...] = ()

    @model_validator(mode="after")
    def _matches(self) -> Self:
        if self.attributes is None:
            return self
        targets = [each.target for each in self.attributes]
        if len(targets) != len(set(targets)):
            raise ValueError("a target is mapped twice")
        if not any(each.match for each in self.attributes):
            raise ValueError("no attribute has match: objects could not be found again")
        return self


class Mappings(_Strict):
    """Users and groups."""

    users: ObjectMapping = ObjectMapping()
    groups: ObjectMapping = ObjectMapping()


class Application(_Strict):
    """The application in Entra."""

    name: str = Field(min_length=1, max_length=120)
    unique_name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,119}$")
    owners: tuple[ObjectId, ...] = ()


def _account_id(text: str) -> str:
    if not is_account_id(text):
        raise ValueError("an account id has 3 to 64 letters, digits, _ or -, and begins with a letter or digit")
    return text


class AccountOf(_Strict):
    """The account in Rollcall; it is opened where it does not exist."""

    id: Annotated[str, AfterValidator(_account_id)]
    name: str = Field(pattern=r"\S", max_length=NAME_LIMIT)


class Credentials(_Strict):
    """How long the token that Entra is given lasts, and how early it is replaced."""

    lifetime_days: int = Field(180, ge=2, le=3650)
    rotate_before_days: int = Field(30, ge=1)

    @model_validator(mode="after")
    def _outlives(self) -> Self:
        if self.rotate_before_days >= self.lifetime_days:
            raise ValueError("rotate_before_days must be less than lifetime_days")
        return self


class Notifications(_Strict):
    """Whom Entra mails when the job is in quarantine, and from how many deletions on it holds them back."""

    email: EmailStr | None = None
    delete_threshold: int | None = Field(500, ge=1)


class Declaration(_Strict):
    """All of it."""

    application: Application
    account: AccountOf
    tenant_url: str | None = None
    credentials: Credentials = Credentials()
    scope: Literal["assigned", "all"] = "assigned"
    assigned: tuple[ObjectId, ...] = ()
    notifications: Notifications = Notifications()
    mappings: Mappings = Mappings()
    state: Literal["running", "paused"] = "running"

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.tenant_url is not None:
            _https(self.tenant_url)
        if self.scope == "assigned" and not self.assigned:
            raise ValueError("scope 'assigned' with nobody in 'assigned' would provision nobody")
        return self

    def url(self, environment: Mapping[str, str]) -> str:
        """The tenant URL: the declared one, else ``TENANT_URL``, else below ``PUBLIC_BASE_URL``.

        Raises:
            BadDeclaration: There is none, or it is not https.
        """
        base = environment.get("PUBLIC_BASE_URL", "").rstrip("/")
        below = f"{base}/{SCIM_BASE.format(account=self.account.id)}" if base else None
        url = self.tenant_url or environment.get("TENANT_URL") or below
        if url is None:
            raise BadDeclaration("tenant_url: declare it, or set TENANT_URL or PUBLIC_BASE_URL")
        try:
            return _https(url)
        except ValueError as error:
            raise BadDeclaration(f"tenant_url: {error}") from None


def _https(url: str) -> str:
    parsed = TypeAdapter(HttpUrl).validate_python(url)
    if parsed.scheme != "https":
        raise ValueError("Entra calls https addresses only")
    if parsed.username or parsed.password:
        raise ValueError("no user name and no password: Entra signs in with a token")
    return url.rstrip("/")


def read(file: Path) -> Declaration:
    """What *file* declares.

    Raises:
        BadDeclaration: It cannot be read, is no YAML (1.2; a key twice is an error), or something in it is wrong.
    """
    try:
        loaded = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
        return Declaration.model_validate_json(TypeAdapter(object).dump_json(loaded))
    except OSError as error:
        raise BadDeclaration(f"{file} cannot be read: {error.strerror}") from error
    except (YAMLError, UnicodeDecodeError, PydanticSerializationError, RecursionError) as error:
        raise BadDeclaration(f"{file} is no YAML: {error}") from error
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors()]
        raise BadDeclaration("\n".join([f"{file} is wrong:", *lines])) from error
