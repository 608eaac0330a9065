"""A function app for tests of the local host."""
