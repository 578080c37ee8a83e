"""`POST /graphql`: a key first, then strict JSON of bounded size, then the operation; every refusal is JSON too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import JSONResponse
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from dsl import Cache
from graphql_api.auth import Unauthorized, authenticate
from graphql_api.context import Context
from graphql_api.errors import ClientError, presented
from graphql_api.limits import MAX_BODY_BYTES
from graphql_api.schema import schema
from tarifa.apart import Limits
from tarifa.storage import Database
from tarifa.storage.audit import acting_as

EXAMPLE = 'Send a JSON object such as {"query": "{ service { version } }", "variables": {}}.'


class BadBodyError(Exception):
    """A body that holds no operation; says what is wrong with it."""

    def __init__(self, message: str, *, status: int = 400, code: str = "bad-request", remedy: str = EXAMPLE) -> None:
        super().__init__(message)
        self.status, self.code, self.remedy = status, code, remedy


@dataclass(frozen=True, slots=True)
class Operation:
    """What a body asks to run."""

    query: str
    variables: dict[str, object]
    name: str | None


def refusal(status: int, *, code: str, message: str, remedy: str) -> JSONResponse:
    """A refusal outside GraphQL, in the shape of GraphQL's errors."""
    error = {"message": message, "extensions": {"code": code, "remedy": remedy}}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"errors": [error]}, status_code=status, headers=headers)


async def read_body(request: Request) -> bytes:
    """The body, as far as it has an acceptable size.

    Raises:
        BadBodyError: it is too large, or is not sent as JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        remedy = "Send the header `Content-Type: application/json`."
        raise BadBodyError(f"The body is sent as {kind or 'nothing in particular'}.", status=415, remedy=remedy)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            said = f"The body is larger than {MAX_BODY_BYTES // 1024**2} MiB."
            raise BadBodyError(said, status=413, code="too-large", remedy="Send it in parts.")
        parts.append(part)
    return b"".join(parts)


def _no_number(text: str) -> NoReturn:
    raise BadBodyError(f"The body holds {text}, which JSON does not have.")


def _is_text(sent: object) -> bool:
    """Whether all strings can be written as UTF-8, which neither a database nor an answer could do without."""
    try:
        json.dumps(sent, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def read_operation(body: bytes) -> Operation:
    """The operation in a body.

    Raises:
        BadBodyError: it is not one.
    """
    try:
        sent = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadBodyError("The body is not JSON in UTF-8, or nests too deeply.") from None
    if not isinstance(sent, dict):
        raise BadBodyError("The body is not a JSON object.")
    if b"\\u" in body and not _is_text(sent):
        raise BadBodyError(
            "The body holds half of a surrogate pair, which is no character.", remedy="Mend its escapes."
        )
    query, variables, name = sent.get("query"), sent.get("variables"), sent.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise BadBodyError("The body's `query` is missing, or is not a text.")
    if not isinstance(variables, dict | None):
        raise BadBodyError("The body's `variables` is not an object.")
    if not isinstance(name, str | None):
        raise BadBodyError("The body's `operationName` is not a text.")
    return Operation(query, variables or {}, name)


async def answer(operation: Operation, context: Context) -> dict[str, object]:
    """Run an operation; its errors as a client may see them."""
    try:
        result = await schema.execute(
            operation.query, variable_values=operation.variables, operation_name=operation.name, context_value=context
        )
    except (MissingQueryError, CannotGetOperationTypeError):
        said = f"The document has no operation called {operation.name!r}." if operation.name else "It has no operation."
        error = ClientError(said, code="bad-request", remedy="Name one of its operations in `operationName`.")
        return {"data": None, "errors": [error.formatted]}
    except InvalidOperationTypeError:
        error = ClientError("Subscriptions are not served.", code="bad-request", remedy="Send a query or a mutation.")
        return {"data": None, "errors": [error.formatted]}
    if result.errors:
        return {"data": result.data, "errors": [presented(error).formatted for error in result.errors]}
    return {"data": result.data}


def _request_id(request: Request) -> str | None:
    """What the client calls its request, for the audit; what is no id is left out."""
    sent = request.headers.get("x-request-id", "")
    return sent if _REQUEST_ID.fullmatch(sent) else None


_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/-]{1,100}")


def endpoint(clock: Callable[[], datetime], limits: Limits) -> Callable[[Request], object]:
    """The handler of `/graphql`; `clock` gives the time, aware, `limits` are of the check of a ruleset that is sent."""
    cache = Cache()

    async def graphql(request: Request) -> JSONResponse:
        database: Database = request.app.state.database
        caller = await authenticate(database, request.headers.get("authorization"), now=clock())
        if isinstance(caller, Unauthorized):
            return refusal(401, code=caller.code, message=caller.message, remedy=caller.remedy)
        try:
            operation = read_operation(await read_body(request))
        except BadBodyError as error:
            return refusal(error.status, code=error.code, message=str(error), remedy=error.remedy)
        context = Context(database, caller, clock, cache, limits, named=operation.name is not None)
        with acting_as(context.by, request_id=_request_id(request)):
            return JSONResponse(await answer(operation, context))

    return graphql
