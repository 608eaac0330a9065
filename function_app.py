"""What Azure Functions starts: one HTTP function for each operation, a fallback, and the maintenance timer.

Where a rule lives: the routes and their permissions in the modules that ``routes/table.py`` lists, what an operation
does in ``domain/`` (``users``, ``groups``, ``membership``, ``listing``), the SCIM standard and the dialects of its
clients in ``scim/``, rows and round trips in ``storage/``, settings in ``wiring.py``.
"""

import logging

import azure.functions as func

from routes.azure_http import register
from routes.table import ROUTES
from wiring import services

_log = logging.getLogger(__name__)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)  # our own bearer check stands before every route

register(app, ROUTES, services)


@app.function_name("maintenance")
@app.timer_trigger(arg_name="timer", schedule="%MAINTENANCE_SCHEDULE%", use_monitor=True)
async def maintenance(timer: func.TimerRequest) -> None:
    """Finish changes that were cut off, and bring the totals up to date (``domain/maintenance.py``)."""
    report = await services().maintain()
    _log.info("maintenance%s: %s", " (late)" if timer.past_due else "", report)
