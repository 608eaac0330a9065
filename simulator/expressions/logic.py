"""The functions that decide, convert and count, and comparisons."""

import operator

from simulator.expressions.registry import Function, Thunk, function, functions_in
from simulator.expressions.values import Context, ExpressionError, number_of, text_of, truth_of
from simulator.values import Value, is_empty

_COMPARE = {
    "=": operator.eq,
    "<>": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def compare(left: Value, symbol: str, right: Value) -> bool:
    """Return whether the comparison holds: of numbers if both sides are such, else of texts, letter by letter.

    Raises:
        ExpressionError: A side is null or empty; Entra cannot work the condition out then.
    """
    if is_empty(left) or is_empty(right):
        raise ExpressionError("a side of a comparison is empty; use Switch where a source attribute may be empty")
    try:
        return bool(_COMPARE[symbol](number_of(left), number_of(right)))
    except ExpressionError:
        return bool(_COMPARE[symbol](text_of(left), text_of(right)))


@function("BitAnd", "value1 value2")
def bit_and(_: Context, value1: Value, value2: Value) -> Value:
    return number_of(value1) & number_of(value2)


@function("CBool", "expression")
def cbool(_: Context, expression: Value) -> Value:
    return truth_of(expression)


@function("Coalesce", "source", lazy=True, least=1)
def coalesce(_: Context, *sources: Thunk) -> Value:
    values = (each() for each in sources)
    return next((value for value in values if not is_empty(value)), sources[-1]())


@function("DefaultDomain", "")
def default_domain(context: Context) -> Value:
    return context.default_domain


@function("IgnoreFlowIfNullOrEmpty", "expression")
def ignore_flow_if_null_or_empty(_: Context, expression: Value) -> Value:
    return None if is_empty(expression) else expression


@function("IIF", "condition valueIfTrue valueIfFalse", lazy=True)
def iif(_: Context, condition: Thunk, value_if_true: Thunk, value_if_false: Thunk) -> Value:
    decided = condition()
    if is_empty(decided):
        raise ExpressionError("the condition of IIF is empty; use Switch where a source attribute may be empty")
    return value_if_true() if truth_of(decided) else value_if_false()


@function("IsNull", "expression")
def is_null(_: Context, expression: Value) -> Value:
    return expression is None


@function("IsNullOrEmpty", "expression")
def is_null_or_empty(_: Context, expression: Value) -> Value:
    return is_empty(expression)


@function("IsPresent", "expression")
def is_present(_: Context, expression: Value) -> Value:
    return not is_empty(expression)


@function("IsString", "expression")
def is_string(_: Context, expression: Value) -> Value:
    return isinstance(expression, str)


@function("Not", "source")
def negation(_: Context, source: Value) -> Value:
    return not truth_of(source)


@function("SelectUniqueValue", "uniqueValueRule", lazy=True, least=2)
def select_unique_value(context: Context, *rules: Thunk) -> Value:
    if context.is_taken is None:
        raise ExpressionError("SelectUniqueValue is for on-premises Active Directory, not for SCIM applications")
    for rule in rules:
        value = text_of(rule())
        if value and not context.is_taken(value):
            return value
    raise ExpressionError("every value that the rules of SelectUniqueValue give is taken")


@function("Switch", "source defaultValue key value", lazy=True, least=2)
def switch(_: Context, source: Thunk, default: Thunk, *pairs: Thunk) -> Value:
    if len(pairs) % 2:
        raise ExpressionError("Switch needs its keys and values in pairs")
    wanted = text_of(source())
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        if text_of(key()) == wanted:
            return value()
    return default()


FUNCTIONS: dict[str, Function] = functions_in(globals())
