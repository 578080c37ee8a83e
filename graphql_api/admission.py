"""What happens to an operation before it runs: parsed, validated, its shape and the caller's role checked, weighed.

One extension without a `resolve` hook, so that execution itself stays on the fast path. All but the last two steps
depend on the text alone and are remembered for texts of ordinary length; a ruleset sent inside the text is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)
from graphql.language import DocumentNode, Node
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document
from strawberry.types.execution import ExecutionContext

from graphql_api.auth import role_errors
from graphql_api.context import Context
from graphql_api.errors import ClientError
from graphql_api.limits import MAX_TOKENS, shape_errors, weight_errors

REMEMBERED_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Checked:
    """A document, what is wrong with it for everybody, and the fields (`Type.field`) that it asks for."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    fields: frozenset[str]


class _Fields(Visitor):
    """Collects `Type.field` of all that is asked for."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = get_named_type(self.types.get_parent_type())
        if parent is not None:
            self.found.add(f"{parent.name}.{node.name.value}")


def fields_of(schema: GraphQLSchema, document: Node) -> frozenset[str]:
    """The coordinates of all fields in a valid document, those in fragments too."""
    types = TypeInfo(schema)
    fields = _Fields(types)
    visit(document, TypeInfoVisitor(types, fields))
    return frozenset(fields.found)


def _read(query: str) -> DocumentNode:
    try:
        return parse(query, max_tokens=MAX_TOKENS)
    except RecursionError:
        raise ClientError(
            "This operation nests brackets too deeply to be read.",
            code="too-deep",
            remedy="Send large values as variables, and ask for fewer levels of fields.",
        ) from None


def check(schema: GraphQLSchema, rules: tuple[type, ...], query: str) -> Checked:
    """Parse and validate; the shape is looked at only when the rest is in order.

    Raises:
        GraphQLSyntaxError, ClientError: it cannot be read.
    """
    document = _read(query)
    errors = validate_document(schema, document, rules)
    if errors:
        return Checked(document, tuple(errors), frozenset())
    return Checked(document, tuple(shape_errors(document)), fields_of(schema, document))


def ambiguous_errors(document: DocumentNode, *, named: bool) -> list[GraphQLError]:
    """A document of several operations needs the name of one; Strawberry by itself would take the first."""
    operations = [d.name for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if named or len(operations) < 2:
        return []
    names = ", ".join(f"`{name.value}`" for name in operations if name is not None)
    remedy = "Name one of them in `operationName`."
    return [ClientError(f"The document has several operations: {names}.", code="bad-request", remedy=remedy)]


_remembered = lru_cache(maxsize=256)(check)


class Admission(SchemaExtension):
    """Refuses what must not run; see the module."""

    execution_context: ExecutionContext
    _checked: Checked

    def on_parse(self) -> Iterator[None]:
        """Reads the text, or finds it among those read before."""
        context = self.execution_context
        query = context.query
        if query:
            known = _remembered if len(query) <= REMEMBERED_LENGTH else check
            self._checked = known(context.schema._schema, context.validation_rules, query)
            context.graphql_document = self._checked.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Puts what is wrong where Strawberry looks for it; an empty list means that all is in order."""
        self.execution_context.pre_execution_errors = list(self._errors())
        yield

    def _errors(self) -> tuple[GraphQLError, ...] | list[GraphQLError]:
        checked, context = self._checked, self.execution_context
        caller = context.context
        if not isinstance(caller, Context):
            raise TypeError(f"operations run with a Context, not with {type(caller).__name__}")
        variables: Mapping[str, object] = context.variables or {}
        return (
            checked.errors
            or ambiguous_errors(checked.document, named=caller.named)
            or role_errors(caller.audience, checked.fields)
            or weight_errors(context.schema._schema, checked.document, variables)
        )
