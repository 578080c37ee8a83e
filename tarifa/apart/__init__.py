"""Rulesets from strangers, read and checked in a process of their own that has only so much time and memory.

What an admin uploads is a program of a kind: a few lines can ask for numbers of millions of digits, or for a search
that never ends. So it is checked where it can harm nobody (`child`), by an interpreter that was started for it alone:
no fork of a process with threads, an event loop or open databases, and none of its environment. The parent (`loading`)
waits only so long, and reads an answer that can hold nothing but values of the language (`protocol`).
"""

from tarifa.apart.limits import Limits, NotDecidedError
from tarifa.apart.loading import load_apart

__all__ = ["Limits", "NotDecidedError", "load_apart"]
