"""All routes of the service, from the modules that serve them."""

from routes import bulk_api, scim_api
from routes.route import Route

ROUTES: tuple[Route, ...] = (*bulk_api.ROUTES, *scim_api.ROUTES)
