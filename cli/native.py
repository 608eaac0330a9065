"""What the commands about users and groups share: the operator acts natively in an account, under the lock rules."""

from collections.abc import Awaitable, Callable

from cli.session import fail, run
from domain.access.admin_guard import PolicyGuard
from domain.access.administration import find_account, operator
from domain.native.counter import Counter
from domain.ports import RecordNotFound
from domain.refusals import Refusal
from domain.writing import Desk
from wiring import Settings, Stores, SystemClock


def act_natively[T](
    account_id: str, command: Callable[[Counter, Stores], Awaitable[T]], *, missing: str = "there is no such resource"
) -> T:
    """The result of *command*, done by the operator; *missing* is told where what it names is not there."""

    async def acting(stores: Stores, _: Settings) -> T:
        try:
            account = await find_account(stores.accounts, account_id)
        except RecordNotFound:
            fail(f"there is no account {account_id}")
        desk = Desk(stores.directory, SystemClock(), guard=PolicyGuard(stores.policies, stores.directory))
        try:
            return await command(Counter(desk, stores.native, operator(account)), stores)
        except RecordNotFound:
            fail(missing)
        except Refusal as error:
            fail(f"{error.code}: {error.reason}")

    return run(acting)
