"""What Azure Functions starts: one HTTP function for each operation, a fallback, and the maintenance timer.

Where a rule lives: the routes and their permissions in the modules that ``routes/table.py`` lists; the SCIM standard
and the dialects of its clients in ``scim/``; rows and round trips in ``storage/``; mail and HTTP out in ``outbound/``;
settings in ``wiring.py``; and what an operation does in ``domain/``:

* ``provisioning``: what the client does through SCIM;
* ``native``: what administrators do beside it, under the lock rules; sign-in;
* ``access``: tokens, keys, roles, service accounts, Entra's tokens, rates;
* ``history``: the provisioning log; ``notifying``: who is told of it;
* ``lifecycle``: whole accounts, exported, imported, deleted; ``chores``: the timer.
"""

import azure.functions as func

from domain.telemetry import counting, tell
from routes.azure_http import register
from routes.table import ROUTES
from wiring import services

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # our own bearer check stands before every route

register(app, ROUTES, services)


@app.function_name("maintenance")
@app.timer_trigger(arg_name="timer", schedule="%MAINTENANCE_SCHEDULE%", use_monitor=True)
async def maintenance(timer: func.TimerRequest) -> None:
    """Totals, notices, change events, compaction and retention, account by account (``domain/chores.py``)."""
    with counting() as counts:
        report = await services().maintain()
    failed = {f"{name}Failed": number for name, number in report.failed.items()}
    tell(
        "maintenance",
        late=timer.past_due,
        accounts=report.accounts,
        left=report.left,
        **report.done,
        **failed,
        **counts,
    )
