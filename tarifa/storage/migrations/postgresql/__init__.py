"""Reviewed SQL for PostgreSQL, each file applied once, in order of its number."""
