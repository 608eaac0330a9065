"""All routes of the service, from the modules that serve them."""

from routes import (
    access_api,
    bulk_api,
    channels_api,
    entra_api,
    events_api,
    group_members_api,
    keys_api,
    log_api,
    me_api,
    native_groups_api,
    native_users_api,
    oauth_api,
    openapi,
    operator_api,
    ops_api,
    overview_api,
    places_api,
    root_api,
    scim_api,
    settings_api,
    sso_api,
)
from routes.route import Route

ROUTES: tuple[Route, ...] = openapi.described(
    (
        *access_api.ROUTES,
        *bulk_api.ROUTES,
        *channels_api.ROUTES,
        *entra_api.ROUTES,
        *events_api.ROUTES,
        *group_members_api.ROUTES,
        *keys_api.ROUTES,
        *log_api.ROUTES,
        *me_api.ROUTES,
        *native_groups_api.ROUTES,
        *native_users_api.ROUTES,
        *oauth_api.ROUTES,
        *operator_api.ROUTES,
        *ops_api.ROUTES,
        *overview_api.ROUTES,
        *places_api.ROUTES,
        *root_api.ROUTES,
        *scim_api.ROUTES,
        *settings_api.ROUTES,
        *sso_api.ROUTES,
    )
)
