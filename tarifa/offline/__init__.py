"""Billing from files alone: the same functions as the database's run, with nothing billed before and nothing kept."""
