"""All routes of the service, from the modules that serve them."""

from routes import scim_api
from routes.route import Route

ROUTES: tuple[Route, ...] = (*scim_api.ROUTES,)
