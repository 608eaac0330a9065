"""Whether our CPU grows with the size: the same operation by turns on the smallest and the largest directory.

One after the other, minutes apart, they would be compared with whatever else the machine did meanwhile.  By turns
alone is not enough either: Azurite takes longer the more rows it has, and the longer a process waits, the colder it
seems to find the processor's caches.  So here quick answers are held back, which makes the waits alike.
"""

from benchmarks.measure import Meter, own_cpu
from benchmarks.operations import Operation, Turn
from benchmarks.results import Growth, Plan
from benchmarks.stack import Stack, running_stack

HOLD_SECONDS = 0.05
"""Longer than Azurite mostly takes for a simple request at the sizes of a run; on a busy machine some take longer."""

_WARM_UP = 2


async def measure_growth(operation: Operation, small: int, large: int, plan: Plan) -> Growth:
    """The CPU of *operation* at both sizes."""
    async with running_stack(operation.axis, small) as first, running_stack(operation.axis, large) as last:
        sides = [(_held(stack), Meter(stack.handlers.ask, own_cpu)) for stack in (first, last)]
        for turn in range(_WARM_UP + plan.repeats):
            if turn == _WARM_UP:
                for _, meter in sides:
                    meter.forget()
            for stack, meter in sides:
                await operation.script(Turn(stack.ground, stack.handlers.ask, meter.measure))
    first_cpu, last_cpu = (meter.typical("cpu") for _, meter in sides)
    return Growth(operation=operation.name, small=small, large=large, small_cpu=first_cpu, large_cpu=last_cpu)


def _held(stack: Stack) -> Stack:
    stack.log.hold_seconds = HOLD_SECONDS
    return stack
