"""The billing engine: values in, values out.

Nothing here reads a clock, a file, a database or a ruleset's text, and nothing imports from above.
Read `model` (what a ruleset is once it has been lowered), then `program` (how it decides), `settlement`
(what a contract's cycles come to), `documents` (what is issued) and `explain` (why).
"""
