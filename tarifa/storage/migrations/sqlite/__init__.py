"""Reviewed SQL for SQLite, each file applied once, in order of its number."""
