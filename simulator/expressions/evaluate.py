"""Works an expression out for one object."""

from collections.abc import Iterator
from functools import partial

from simulator.expressions import dates, lists, logic, replace, text
from simulator.expressions.grammar import Argument, Attribute, Call, Comparison, Constant, Literal, Node, parse
from simulator.expressions.registry import Function
from simulator.expressions.values import Context, ExpressionError
from simulator.values import Value

FUNCTIONS: dict[str, Function] = (
    text.FUNCTIONS | logic.FUNCTIONS | lists.FUNCTIONS | dates.FUNCTIONS | replace.FUNCTIONS
)
_CONSTANTS: dict[str, Value] = {
    "vbTextCompare": "vbTextCompare",
    "vbBinaryCompare": "vbBinaryCompare",
    "True": True,
    "False": False,
}


def evaluate(expression: str | Node, context: Context) -> Value:
    """Return the value of *expression* for the attributes in *context*.

    Raises:
        ExpressionSyntaxError: The text is not of the language.
        ExpressionError: A function is unknown, has too few or too many arguments, or cannot take them.
    """
    return _value(parse(expression) if isinstance(expression, str) else expression, context)


def complaints_about(node: Argument) -> Iterator[str]:
    """Yield what is wrong with *node* whatever the object is: unknown functions and numbers of arguments."""
    match node:
        case Call(name, arguments):
            known = FUNCTIONS.get(name)
            if known is None:
                yield _unknown(name)
            elif complaint := _miscounted(known, len(arguments)):
                yield complaint
            for argument in arguments:
                yield from complaints_about(argument)
        case Comparison(left, _, right):
            yield from complaints_about(left)
            yield from complaints_about(right)
        case Constant(name) if name not in _CONSTANTS:
            yield f"{name} is neither a function with arguments nor a known constant"


def _value(node: Argument, context: Context) -> Value:
    match node:
        case None:
            return None
        case Attribute(name):
            return context.attributes.get(name)
        case Literal(value):
            return value
        case Constant(name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case Comparison(left, operator, right):
            return logic.compare(_value(left, context), operator, _value(right, context))
        case Call(name, arguments):
            return _call(name, arguments, context)
    raise ExpressionError(f"{node.name} is no known constant")


def _call(name: str, arguments: tuple[Argument, ...], context: Context) -> Value:
    known = FUNCTIONS.get(name)
    if known is None:
        raise ExpressionError(_unknown(name))
    if complaint := _miscounted(known, len(arguments)):
        raise ExpressionError(complaint)
    given = [partial(_value, each, context) for each in arguments]
    try:
        return known.work_out(context, *(given if known.lazy else [each() for each in given]))
    except (ValueError, OverflowError) as error:
        # A date out of range, a number that is too large, text that is no Unicode.
        raise ExpressionError(f"{name}: {error}") from error


def _unknown(name: str) -> str:
    near = next((known for known in FUNCTIONS if known.lower() == name.lower()), None)
    return f"there is no function {name}" + (f"; names are case-sensitive: {near}" if near else "")


def _miscounted(known: Function, given: int) -> str | None:
    if given < known.least:
        return f"{known.name} needs {known.least} arguments, {given} are given"
    if known.most is not None and given > known.most:
        return f"{known.name} takes {known.most} arguments, {given} are given"
    return None
