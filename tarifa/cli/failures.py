"""How a command ends when it cannot do what it was asked."""

from __future__ import annotations

PROBLEMS = 1
USAGE = 2


class CommandError(Exception):
    """The command ends with this message on stderr, and this exit code."""

    def __init__(self, message: str, *, exit_code: int = PROBLEMS) -> None:
        self.exit_code = exit_code
        super().__init__(message)
