"""Attribute mappings as data: what they are, the default set, how they are applied, and Graph's JSON of them."""
