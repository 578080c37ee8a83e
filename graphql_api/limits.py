"""How much one request may ask for, checked before anything runs.

Tokens and nesting bound the parser, aliases and depth bound the answer's shape, weight bounds its size: one for each
field, and a page or a list multiplies what is in it. Parsing, validation and everything that does not look at the
variables is done once per operation text and remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from graphql.language import DocumentNode

from graphql_api.errors import ClientError

MAX_TOKENS = 4000
MAX_DEPTH = 12
MAX_ALIASES = 40
MAX_WEIGHT = 50_000
MAX_BODY_BYTES = 8 * 1024 * 1024
PAGE_SIZE = 25
MAX_PAGE_SIZE = 100
LIST_WEIGHT = 10
"""What a list that is not paged counts as: rows of an explanation, tax groups of a document."""


def _remedy(limit: str) -> str:
    return f"Ask for less in one request: {limit}."


@dataclass(slots=True)
class Shape:
    """The measures of one document that do not depend on its variables."""

    fragments: Mapping[str, FragmentDefinitionNode]
    depths: dict[str, int] = field(default_factory=dict)

    def depth(self, selections: SelectionSetNode | None) -> int:
        """How many fields lie inside one another; introspection has a limit of its own and does not count."""
        if selections is None:
            return 0
        deepest = 0
        for node in selections.selections:
            match node:
                case FieldNode() if not node.name.value.startswith("__"):
                    deepest = max(deepest, 1 + self.depth(node.selection_set))
                case InlineFragmentNode():
                    deepest = max(deepest, self.depth(node.selection_set))
                case FragmentSpreadNode():
                    name = node.name.value
                    if name not in self.depths:
                        self.depths[name] = self.depth(self.fragments[name].selection_set)
                    deepest = max(deepest, self.depths[name])
        return deepest


def count_aliases(selections: SelectionSetNode | None) -> int:
    """Aliases as they are written, those in a fragment once."""
    if selections is None:
        return 0
    return sum(
        (isinstance(node, FieldNode) and node.alias is not None) + count_aliases(getattr(node, "selection_set", None))
        for node in selections.selections
    )


def shape_errors(document: DocumentNode) -> list[GraphQLError]:
    """What is too deep or too wide in a document that is already valid."""
    owners = [d for d in document.definitions if isinstance(d, OperationDefinitionNode | FragmentDefinitionNode)]
    shape = Shape({d.name.value: d for d in owners if isinstance(d, FragmentDefinitionNode)})
    errors: list[GraphQLError] = []
    depth = max((shape.depth(owner.selection_set) for owner in owners), default=0)
    if depth > MAX_DEPTH:
        said = f"This operation nests fields {depth} deep; {MAX_DEPTH} is the limit."
        errors.append(ClientError(said, code="too-deep", remedy=_remedy("fewer levels of fields")))
    aliases = sum(count_aliases(owner.selection_set) for owner in owners)
    if aliases > MAX_ALIASES:
        said = f"This operation uses {aliases} aliases; {MAX_ALIASES} is the limit."
        errors.append(ClientError(said, code="too-many-aliases", remedy=_remedy("fewer aliases")))
    return errors


@dataclass(slots=True)
class Scale:
    """Weighs the selections of one request."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, object]
    weights: dict[str, int] = field(default_factory=dict)

    def weigh(self, selections: SelectionSetNode | None, parent: GraphQLType | None) -> int:
        """One for each field, times the size of the pages and lists around it."""
        if selections is None:
            return 0
        total = 0
        for node in selections.selections:
            match node:
                case FieldNode():
                    total += self._field(node, parent)
                case InlineFragmentNode():
                    on = self._named(node.type_condition.name.value) if node.type_condition else parent
                    total += self.weigh(node.selection_set, on)
                case FragmentSpreadNode():
                    total += self._fragment(node.name.value)
        return total

    def _named(self, name: str) -> GraphQLType | None:
        return self.schema.get_type(name)

    def _fragment(self, name: str) -> int:
        if name not in self.weights:
            fragment = self.fragments[name]
            self.weights[name] = self.weigh(fragment.selection_set, self._named(fragment.type_condition.name.value))
        return self.weights[name]

    def _field(self, node: FieldNode, parent: GraphQLType | None) -> int:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or node.name.value not in parent.fields:
            return 1  # introspection, `__typename`
        definition = parent.fields[node.name.value]
        in_page = parent.name.endswith("Connection")  # its lists are as long as the page, which has been counted
        return 1 + (1 if in_page else self._times(node, definition)) * self.weigh(
            node.selection_set, get_named_type(definition.type)
        )

    def _times(self, node: FieldNode, definition: GraphQLField) -> int:
        if "first" in definition.args:
            return min(max(self._first(node), 1), MAX_PAGE_SIZE)
        return LIST_WEIGHT if is_list_type(get_nullable_type(definition.type)) else 1

    def _first(self, node: FieldNode) -> int:
        value = next((a.value for a in node.arguments or () if a.name.value == "first"), None)
        if isinstance(value, IntValueNode):
            return int(value.value)
        if isinstance(value, VariableNode):
            given = self.variables.get(value.name.value)
            return given if isinstance(given, int) else MAX_PAGE_SIZE
        return PAGE_SIZE


def weight_errors(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, object]) -> list[GraphQLError]:
    """What weighs too much; each operation of the document by itself."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    scale = Scale(schema, fragments, variables)
    roots = {"query": schema.query_type, "mutation": schema.mutation_type}
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            weight = scale.weigh(operation.selection_set, roots.get(operation.operation.value))
            if weight > MAX_WEIGHT:
                said = f"This operation could return {weight} fields; {MAX_WEIGHT} is the limit."
                remedy = _remedy("smaller pages (`first`), or fewer fields in them")
                return [ClientError(said, code="too-heavy", remedy=remedy)]
    return []
