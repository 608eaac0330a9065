"""All routes of the service, from the modules that serve them."""

from routes import bulk_api, group_members_api, me_api, oauth_api, openapi, operator_api, ops_api, root_api, scim_api
from routes.manager import (
    access_api,
    channels_api,
    entra_api,
    events_api,
    groups_api,
    keys_api,
    log_api,
    overview_api,
    places_api,
    settings_api,
    sso_api,
    users_api,
)
from routes.route import Route

_SCIM = (scim_api, bulk_api, group_members_api, me_api, root_api)
_MANAGER = (
    access_api,
    channels_api,
    entra_api,
    events_api,
    groups_api,
    keys_api,
    log_api,
    overview_api,
    places_api,
    settings_api,
    sso_api,
    users_api,
)
_BESIDE = (oauth_api, operator_api, ops_api)

ROUTES: tuple[Route, ...] = openapi.described(
    tuple(route for module in (*_SCIM, *_MANAGER, *_BESIDE) for route in module.ROUTES)
)
