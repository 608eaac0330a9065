"""A local Functions host: the real Python worker runtime behind an imitation of the host's HTTP server and timers.

For development and tests. It knows the function app by its module name only, and checks no keys.
"""

from localhost.app import LocalHost, create_app
from localhost.server import CannotListen, serve

__all__ = ["CannotListen", "LocalHost", "create_app", "serve"]
