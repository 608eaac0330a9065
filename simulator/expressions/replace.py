"""The function Replace in its five ways, with regular expressions as .NET writes them."""

import re

from simulator.expressions.registry import Function, function, functions_in
from simulator.expressions.values import Context, ExpressionError, text_of
from simulator.values import Value, is_empty

_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")
_REFERENCE = re.compile(r"\$(?:\{(?P<name>\w+)\}|(?P<number>\d+)|(?P<sign>[$&]))")


def dotnet_pattern(text: str) -> re.Pattern[str]:
    """Return a .NET regular expression as one of Python: named groups are spelled otherwise.

    Raises:
        ExpressionError: It is none that Python knows.
    """
    try:
        return re.compile(_NAMED_GROUP.sub("(?P<", text))
    except re.error as error:
        raise ExpressionError(f"the regular expression {text!r} cannot be read: {error}") from error


@function(
    "Replace",
    "source oldValue regexPattern regexGroupName replacementValue replacementAttributeName template",
)
def replace(
    _: Context,
    source: Value,
    old_value: Value = None,
    regex_pattern: Value = None,
    regex_group_name: Value = None,
    replacement_value: Value = None,
    replacement_attribute_name: Value = None,
    template: Value = None,
) -> Value:
    text = text_of(source)
    if old_value is not None and template is not None:
        return text_of(template).replace(text_of(old_value), text)
    if old_value is not None and replacement_value is not None:
        return text.replace(text_of(old_value), text_of(replacement_value)) if text_of(old_value) else text
    if regex_pattern is None:
        raise ExpressionError("Replace needs oldValue or regexPattern, and what to put there")
    pattern = dotnet_pattern(text_of(regex_pattern))
    if regex_group_name is None:
        return _with_references(pattern, text, text_of(replacement_value))
    group = text_of(regex_group_name)
    if group not in pattern.groupindex:
        raise ExpressionError(f"the regular expression has no group {group}")
    if replacement_value is not None:
        return _in_group(pattern, text, group, text_of(replacement_value))
    if not is_empty(source):
        return text
    found = pattern.search(text_of(replacement_attribute_name))
    return found[group] if found else None


def _with_references(pattern: re.Pattern[str], text: str, replacement: str) -> str:
    def filled(match: re.Match[str]) -> str:
        return _REFERENCE.sub(lambda reference: _referred(match, reference), replacement)

    return pattern.sub(filled, text)


def _referred(match: re.Match[str], reference: re.Match[str]) -> str:
    """Return what *reference* stands for: ``$$`` a dollar, ``$&`` the match, else a group, or itself without one.

    Raises:
        ExpressionError: There is no group of that name; .NET would write the reference, which nobody means.
    """
    if reference["sign"]:
        return "$" if reference["sign"] == "$" else match[0]
    try:
        return match[reference["name"] or int(reference["number"])] or ""
    except IndexError as error:
        if reference["number"]:
            return reference[0]
        raise ExpressionError(f"the regular expression has no group {reference['name']}") from error


def _in_group(pattern: re.Pattern[str], text: str, group: str, replacement: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        begin, end = match.span(group)
        if begin < 0:
            return match[0]
        return match[0][: begin - match.start()] + replacement + match[0][end - match.start() :]

    return pattern.sub(replaced, text)


FUNCTIONS: dict[str, Function] = functions_in(globals())
