"""The functions on several values, on role assignments, and those that make something up."""

import string
import uuid

from simulator.expressions.registry import Function, function, functions_in
from simulator.expressions.values import Context, ExpressionError, each_text, number_of, text_of
from simulator.values import AppRole, Roles, Value

_LONGEST_RANDOM = 256
_SPECIAL = "!#$%&()*+,-./:;<=>?@[]^_{|}~"


@function("Count", "attribute")
def count(_: Context, attribute: Value) -> Value:
    return len(list(each_text(attribute)))


@function("Item", "attribute index")
def item(_: Context, attribute: Value, index: Value) -> Value:
    elements, wanted = list(each_text(attribute)), number_of(index)
    return elements[wanted - 1] if 1 <= wanted <= len(elements) else None


@function("Join", "separator source")
def join(_: Context, separator: Value, *sources: Value) -> Value:
    return text_of(separator).join(text for text in each_text(*sources) if text)


@function("RemoveDuplicates", "attribute")
def remove_duplicates(_: Context, attribute: Value) -> Value:
    return tuple(dict.fromkeys(each_text(attribute)))


@function("Split", "source delimiter")
def split(_: Context, source: Value, delimiter: Value) -> Value:
    parts = text_of(source).split(text_of(delimiter) or None)
    return tuple(part.strip() for part in parts if part.strip())


@function("SingleAppRoleAssignment", "appRoleAssignments")
def single_app_role_assignment(_: Context, assignments: Value) -> Value:
    # Which of several is taken is not said: the first one, so that it is always the same.
    return _roles("SingleAppRoleAssignment", assignments, most=1)


@function("AppRoleAssignmentsComplex", "appRoleAssignments")
def app_role_assignments_complex(_: Context, assignments: Value) -> Value:
    return _roles("AppRoleAssignmentsComplex", assignments)


@function("AssertiveAppRoleAssignmentsComplex", "appRoleAssignments")
def assertive_app_role_assignments_complex(_: Context, assignments: Value) -> Value:
    return _roles("AssertiveAppRoleAssignmentsComplex", assignments)


def _roles(name: str, assignments: Value, most: int | None = None) -> Roles | None:
    elements = assignments if isinstance(assignments, tuple) else ()
    roles = tuple(each for each in elements if isinstance(each, AppRole))[:most]
    return Roles(name, roles) if roles or name.startswith("Assertive") else None


@function("Guid", "")
def guid(context: Context) -> Value:
    return str(uuid.UUID(int=context.random.getrandbits(128), version=4))


@function(
    "RandomString", "length minimumNumbers minimumSpecialCharacters minimumCapital minimumLowerCase charactersToAvoid"
)
def random_string(
    context: Context, size: Value, numbers: Value, special: Value, capital: Value, lower: Value, avoid: Value = None
) -> Value:
    kinds = (string.digits, _SPECIAL, string.ascii_uppercase, string.ascii_lowercase)
    least = [max(number_of(each), 0) for each in (numbers, special, capital, lower)]
    total = number_of(size)
    if not sum(least) <= total <= _LONGEST_RANDOM:
        raise ExpressionError(f"RandomString of {total} characters cannot hold {sum(least)}, or is over 256")
    allowed = ["".join(each for each in kind if each not in text_of(avoid)) for kind in kinds]
    if not all(kind or not minimum for kind, minimum in zip(allowed, least, strict=True)):
        raise ExpressionError("charactersToAvoid leaves none of a kind that is asked for")
    # What is not asked for by a minimum is filled up with small letters and digits.
    filling = allowed[3] + allowed[0]
    if total > sum(least) and not filling:
        raise ExpressionError("charactersToAvoid leaves none to fill up with")
    chosen = [context.random.choice(kind) for kind, minimum in zip(allowed, least, strict=True) for _ in range(minimum)]
    chosen += [context.random.choice(filling) for _ in range(total - sum(least))]
    context.random.shuffle(chosen)
    return "".join(chosen)


FUNCTIONS: dict[str, Function] = functions_in(globals())
