"""Every example of `docs/graphql.md` is run, and answers what the page shows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphql_api import limits
from graphql_api.mutations import MAX_BATCH
from tests.graphql_api.conftest import Api

PAGE = Path(__file__).parents[2] / "docs" / "graphql.md"
BLOCK = re.compile(r"^```(\w+) (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEYS = {"customer": "acme"}


@dataclass
class Example:
    role: str
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    answer: Any = None


def examples(text: str) -> list[Example]:
    """The operations of the page, each with the variables and the answer that follow it."""
    found: list[Example] = []
    for language, what, content in BLOCK.findall(text):
        if language == "graphql":
            found.append(Example(what, content))
        elif what == "variables":
            found[-1].variables = json.loads(content)
        elif what == "answer":
            found[-1].answer = json.loads(content)
    return found


def shown(what: str) -> Any:
    [content] = [content for _, name, content in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if name == what]
    return json.loads(content)


def test_every_example_answers_what_the_page_shows(api: Api) -> None:
    found = examples(PAGE.read_text(encoding="utf-8"))
    assert len(found) >= 10
    for example in found:
        key = KEYS.get(example.role, example.role)
        assert api.answer(example.query, key, **example.variables) == example.answer, example.query


def test_the_page_shows_what_a_request_without_a_key_is_told(api: Api) -> None:
    assert api.post({"query": "{ service { version } }"}, None).json() == shown("unauthorized")


def test_the_page_shows_what_a_healthy_server_says(api: Api) -> None:
    """But for the number of the last migration, which every release may raise."""
    said = api.client.get("/healthz").json()
    assert said == {**shown("health"), "migration": said["migration"]}
    assert isinstance(said["migration"], int)


def test_the_page_names_the_limits_as_they_are() -> None:
    rows = [
        line.split("|")[2].strip()
        for line in PAGE.read_text(encoding="utf-8").partition("## Limits")[2].splitlines()
        if line.startswith("| ")
    ]
    assert rows[2:] == [
        f"{limits.PAGE_SIZE}, at most {limits.MAX_PAGE_SIZE}",
        f"{limits.MAX_DEPTH}",
        f"{limits.MAX_ALIASES}",
        f"{limits.MAX_TOKENS:,}",
        f"{limits.MAX_WEIGHT:,}",
        f"{MAX_BATCH:,}",
        f"{limits.MAX_BODY_BYTES // 1024**2} MiB",
    ]
