"""The language of expression mappings: read by ``grammar.parse``, worked out by ``evaluate.evaluate``."""
