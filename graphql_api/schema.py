"""The schema, and its text: `python -m graphql_api.schema` rewrites `schema.graphql`, `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

import strawberry
from graphql import GraphQLError
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from graphql_api.admission import Admission
from graphql_api.mutations import Mutation
from graphql_api.queries import Query
from graphql_api.scalars import SCALARS

SDL_FILE = Path(__file__).with_name("schema.graphql")


class Schema(strawberry.Schema):
    """Strawberry's, but quiet: a client's mistake is no event of ours, and `errors.presented` logs the defects."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    extensions=[Admission],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=False),
)


def sdl() -> str:
    """The schema as text, with a line feed at its end."""
    return print_schema(schema) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or with `--check` say whether it is fresh. The exit code is 1 where it is stale."""
    text = sdl()
    if "--check" not in arguments:
        SDL_FILE.write_text(text, encoding="utf-8")
        return 0
    if SDL_FILE.exists() and SDL_FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{SDL_FILE.name} is not what the code says: run python -m graphql_api.schema\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
