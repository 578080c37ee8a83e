"""The schema as a text: fresh, described to the last argument, and under the rule of roles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    is_introspection_type,
    is_specified_scalar_type,
)

from graphql_api.auth import ALLOWED, EVERYONE, WITHHELD
from graphql_api.schema import SDL_FILE, main, schema, sdl

CORE = schema._schema
TYPES = [
    type_
    for type_ in CORE.type_map.values()
    if not is_introspection_type(type_)
    and not (isinstance(type_, GraphQLScalarType) and is_specified_scalar_type(type_))
]


def described_things() -> Iterator[tuple[str, str | None]]:
    for type_ in TYPES:
        yield type_.name, type_.description
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                for argument, definition in field.args.items():
                    yield f"{type_.name}.{name}({argument})", definition.description
        if isinstance(type_, GraphQLInputObjectType):
            for name, input_field in type_.fields.items():
                yield f"{type_.name}.{name}", input_field.description
        if isinstance(type_, GraphQLEnumType):
            for name, value in type_.values.items():
                yield f"{type_.name}.{name}", value.description


def test_schema_file_is_what_the_code_says() -> None:
    assert SDL_FILE.read_text(encoding="utf-8") == sdl()
    assert main(["--check"]) == 0


def test_a_stale_schema_file_is_an_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "schema.graphql"
    monkeypatch.setattr("graphql_api.schema.SDL_FILE", stale)
    assert main(["--check"]) == 1
    assert "python -m graphql_api.schema" in capsys.readouterr().err
    assert main([]) == 0
    assert stale.read_text(encoding="utf-8") == sdl()


def test_everything_in_the_schema_says_what_it_is() -> None:
    silent = [name for name, description in described_things() if not (description or "").strip()]
    assert silent == []


def test_every_root_field_has_a_rule_of_its_own() -> None:
    assert CORE.query_type is not None
    assert CORE.mutation_type is not None
    roots = {f"{root.name}.{field}" for root in (CORE.query_type, CORE.mutation_type) for field in root.fields}
    assert set(ALLOWED) == roots


def test_every_withheld_field_is_one_of_an_object_type() -> None:
    for coordinate in WITHHELD:
        type_, _, field = coordinate.partition(".")
        owner = CORE.get_type(type_)
        assert isinstance(owner, GraphQLObjectType), coordinate
        assert field in owner.fields, coordinate
        assert all(field not in interface.fields for interface in owner.interfaces), coordinate


def test_no_rule_leaves_a_field_to_nobody() -> None:
    assert all(ALLOWED.values())
    assert all(EVERYONE - audiences for audiences in WITHHELD.values())
