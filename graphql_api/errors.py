"""What a client hears when something goes wrong.

Three kinds. A request that cannot be run at all (syntax, a bad argument, a limit, a role) is an entry in `errors` with
`extensions.code` and `extensions.remedy`. What a business rule refuses is data: a member of the field's union that
implements `Problem` (`types.problems`). A defect of ours is an entry in `errors` that says nothing but an id, under
which the log has the rest.
"""

from __future__ import annotations

import logging
from uuid import uuid4

from graphql import GraphQLError, GraphQLSyntaxError

from tarifa.services.numbers import FencedError
from tarifa.storage import DatabaseLockedError, UnusableDatabaseError

COMPARE = "Compare the operation with the schema: docs/graphql.md, graphql_api/schema.graphql."

log = logging.getLogger("graphql_api")


class ClientError(GraphQLError):
    """The request cannot be run as it is; says what, where and how to mend it."""

    def __init__(self, message: str, *, code: str, remedy: str) -> None:
        super().__init__(message, extensions={"code": code, "remedy": remedy})


class BadScalarError(ValueError):
    """A value that a scalar does not take. GraphQL says where it stands; this says how to write it."""

    def __init__(self, remedy: str) -> None:
        super().__init__(remedy)
        self.remedy = remedy


class BusyError(GraphQLError):
    """The database is being written by someone else for longer than we wait."""

    def __init__(self, hidden: GraphQLError) -> None:
        super().__init__(
            "The database is busy; nothing of this was written.",
            nodes=hidden.nodes,
            path=hidden.path,
            extensions={"code": "busy", "remedy": "Send the same again in a moment."},
        )


class UnavailableError(GraphQLError):
    """The database cannot be used: a full disk, a file that may not be written."""

    def __init__(self, hidden: GraphQLError) -> None:
        super().__init__(
            "The database cannot be used just now; nothing of this was written.",
            nodes=hidden.nodes,
            path=hidden.path,
            extensions={"code": "unavailable", "remedy": "Try again; if it stays, see /healthz and the server's log."},
        )


class StillFencedError(GraphQLError):
    """The database was restored from a backup, and its numbers are not confirmed yet."""

    def __init__(self, hidden: GraphQLError) -> None:
        super().__init__(
            "Nothing is billed: the database was restored, and its last numbers are not confirmed yet.",
            nodes=hidden.nodes,
            path=hidden.path,
            extensions={"code": "fenced", "remedy": "Whoever runs the server confirms them: `tarifa confirm-numbers`."},
        )


class DefectError(GraphQLError):
    """What a client sees of an exception that nobody expected."""

    def __init__(self, hidden: GraphQLError, *, incident: str) -> None:
        super().__init__(
            f"This went wrong on our side. It is in the server's log as {incident}.",
            nodes=hidden.nodes,
            path=hidden.path,
            extensions={
                "code": "internal",
                "incident": incident,
                "remedy": "Try again; if it stays, give this id to whoever runs the server.",
            },
        )


def presented(error: GraphQLError) -> GraphQLError:
    """The error as a client may see it: ours as they are, graphql's own with a code, all others masked and logged."""
    cause = _root(error)
    if isinstance(cause, DatabaseLockedError):
        return BusyError(error)
    if isinstance(cause, FencedError):
        return StillFencedError(error)
    if isinstance(cause, UnusableDatabaseError):
        log.error("the database cannot be used: %s", cause)
        return UnavailableError(error)
    if isinstance(cause, BadScalarError):
        error.extensions = {"code": "bad-value", "remedy": cause.remedy}
    elif cause is not None and not isinstance(cause, GraphQLError):
        incident = uuid4().hex[:12]
        log.error("incident %s at %s", incident, error.path, exc_info=cause)
        return DefectError(error, incident=incident)
    elif not error.extensions:
        code = "syntax" if isinstance(error, GraphQLSyntaxError) else "bad-request"
        error.extensions = {"code": code, "remedy": COMPARE}
    return error


def _root(error: GraphQLError) -> Exception | None:
    """What the error came of; GraphQL wraps an error once for each place that it passes."""
    cause: Exception | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause
