"""Whole accounts: exported, imported, deleted."""
