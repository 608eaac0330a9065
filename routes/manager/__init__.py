"""The manager API: what administrators do over HTTP, beside the client that provisions."""
