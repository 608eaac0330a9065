"""What a function of the language is, and how a module offers its functions."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.values import Value

type Thunk = Callable[[], Value]


@dataclass(frozen=True)
class Function:
    """One function: its name, the parameters as the documentation names them, and what works it out.

    A lazy one gets its arguments as callables and so decides which of them are worked out at all.
    """

    name: str
    parameters: tuple[str, ...]
    work_out: Callable[..., Value]
    lazy: bool = False
    repeating: bool = False
    fixed: int = 0
    least: int = 0

    @property
    def most(self) -> int | None:
        """Return how many arguments it takes at most, ``None`` without a bound."""
        return None if self.repeating else len(self.parameters)

    def parameter(self, index: int) -> str:
        """Return the name of the parameter at *index*; those that repeat are numbered: ``key1``, ``value1``, …"""
        fixed = self.fixed if self.repeating else len(self.parameters)
        if index < fixed:
            return self.parameters[index]
        repeating = self.parameters[fixed:]
        round_, which = divmod(index - fixed, len(repeating))
        return f"{repeating[which]}{round_ + 1}"


def function(
    name: str, parameters: str, *, lazy: bool = False, least: int | None = None
) -> Callable[[Callable[..., Value]], Function]:
    """Return a decorator that makes a :class:`Function`.

    Its implementation takes the :class:`Context` and then the arguments; a last parameter with ``*`` takes all that
    follow. *parameters* are the documented names, divided by spaces.
    """

    def make(work_out: Callable[..., Value]) -> Function:
        _, *own = inspect.signature(work_out).parameters.values()
        named = [each for each in own if each.kind is not inspect.Parameter.VAR_POSITIONAL]
        needed = sum(each.default is each.empty for each in named)
        return Function(
            name,
            tuple(parameters.split()),
            work_out,
            lazy=lazy,
            repeating=len(named) < len(own),
            fixed=len(named),
            least=needed if least is None else least,
        )

    return make


def functions_in(module: dict[str, Any]) -> dict[str, Function]:
    """Return the functions among a module's ``globals()``, by name."""
    return {each.name: each for each in module.values() if isinstance(each, Function)}
