"""Decisions a second of one table, first hit, beside zen-engine and rule-engine: the same inputs, the same answers.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.decide [--plot docs/decisions.svg]

The floor is a dictionary from the whole input to its answer: what no engine in Python can beat.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import rule_engine
import zen

from benchmarks.measure import medians
from benchmarks.plot import draw
from engine.matching import index
from engine.model import ANY, Condition, Span

ACCOUNTS = [f"account {n}" for n in range(200)]
CATEGORIES = [f"category {n}" for n in range(12)]
PRIORITIES = ["low", "normal", "high", "urgent"]
WORK_TYPES = ["remote", "on-site"]
ORDERED = (False, False, False, False, True)
NAMES = ("account", "category", "priority", "work_type", "hours")


@dataclass(frozen=True, slots=True)
class Rule:
    """A row before it is anybody's: for each input the words it takes (none: all), and a span of hours."""

    words: tuple[tuple[str, ...], ...]
    hours: tuple[int, int] | None


Request = tuple[str, str, str, str, int]


def rules(count: int, chance: random.Random) -> list[Rule]:
    """Rows as price books have them: most name an account or a category, the last one takes everything."""

    def some(values: Sequence[str], most: int, share: float) -> tuple[str, ...]:
        return tuple(chance.sample(values, chance.randint(1, most))) if chance.random() < share else ()

    def hours() -> tuple[int, int] | None:
        if chance.random() < 0.7:
            return None
        low = chance.randint(0, 6)
        return low, low + chance.randint(1, 4)

    found = [
        Rule(
            (some(ACCOUNTS, 1, 0.9), some(CATEGORIES, 3, 0.6), some(PRIORITIES, 2, 0.4), some(WORK_TYPES, 1, 0.2)),
            hours(),
        )
        for _ in range(count - 1)
    ]
    return [*found, Rule(((), (), (), ()), None)]


def requests(count: int, chance: random.Random) -> list[Request]:
    """What is asked."""
    return [
        (
            chance.choice(ACCOUNTS),
            chance.choice(CATEGORIES),
            chance.choice(PRIORITIES),
            chance.choice(WORK_TYPES),
            chance.randint(0, 9),
        )
        for _ in range(count)
    ]


def ours(of: Sequence[Rule], asked: Sequence[Request]) -> Callable[[], list[int]]:
    """Tarifa's index, from values as the engine holds them."""

    def conditions(rule: Rule) -> tuple[Condition, ...]:
        words = tuple(Condition(values=frozenset(those)) if those else ANY for those in rule.words)
        if rule.hours is None:
            return *words, ANY
        return *words, Condition(spans=(Span(Fraction(rule.hours[0]), Fraction(rule.hours[1])),))

    indexed = index([conditions(rule) for rule in of], ORDERED)
    return lambda: [indexed.first(request) for request in asked]


def zen_engine(of: Sequence[Rule], asked: Sequence[Request]) -> Callable[[], list[int]]:
    """zen-engine (Rust) on a decision table of its own format."""

    def cells(rule: Rule, row: int) -> dict[str, str]:
        words = {name: ", ".join(json.dumps(w) for w in those) for name, those in zip(NAMES, rule.words, strict=False)}
        hours = f"[{rule.hours[0]}..{rule.hours[1]})" if rule.hours else ""
        return {"_id": str(row), **words, "hours": hours, "row": str(row)}

    table = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in NAMES],
        "outputs": [{"id": "row", "name": "row", "field": "row"}],
        "rules": [cells(rule, row) for row, rule in enumerate(of)],
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "content": {}},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": table},
        {"id": "out", "type": "outputNode", "name": "out", "content": {}},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    content = {"table": {"nodes": nodes, "edges": edges}}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})  # by key: compiled once, its fastest way
    contexts = [dict(zip(NAMES, request, strict=True)) for request in asked]
    return lambda: [engine.evaluate("table", context)["result"]["row"] for context in contexts]


def rule_engine_rules(of: Sequence[Rule], asked: Sequence[Request]) -> Callable[[], list[int]]:
    """rule-engine (Python): its rules in order until one matches."""

    def text(rule: Rule) -> str:
        parts = [
            "(" + " or ".join(f"{name} == {json.dumps(word)}" for word in those) + ")"
            for name, those in zip(NAMES, rule.words, strict=False)
            if those
        ]
        if rule.hours is not None:
            parts.append(f"(hours >= {rule.hours[0]} and hours < {rule.hours[1]})")
        return " and ".join(parts) or "true"

    compiled = [rule_engine.Rule(text(rule)) for rule in of]
    contexts = [dict(zip(NAMES, request, strict=True)) for request in asked]

    def decide() -> list[int]:
        return [next(row for row, rule in enumerate(compiled) if rule.matches(context)) for context in contexts]

    return decide


def floor(answers: Sequence[int], asked: Sequence[Request]) -> Callable[[], list[int]]:
    """A dictionary that knows every answer."""
    known = dict(zip(asked, answers, strict=True))
    return lambda: [known[request] for request in asked]


NAMED = {"floor": "floor: a dictionary of answers", "tarifa": "Tarifa", "zen": "zen-engine", "few": "rule-engine"}


def main() -> None:
    """Print decisions a second, by rows; draw them, if a file is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, help="an SVG to write")
    plot = parser.parse_args().plot
    chance = random.Random(7)
    lines: dict[str, dict[int, float]] = {name: {} for name in NAMED.values()}
    print(f"{'rows':>7} {'floor':>12} {'tarifa':>12} {'zen-engine':>12} {'rule-engine':>12}   tarifa / zen")
    at_ten = None
    for count in (10, 100, 1_000, 10_000):
        of, asked = rules(count, chance), requests(1_000, chance)
        few = asked[: max(10, 5_000 // count)]
        contenders = {"tarifa": ours(of, asked), "zen": zen_engine(of, asked), "few": rule_engine_rules(of, few)}
        answers = contenders["tarifa"]()
        assert contenders["zen"]() == answers
        if count <= 1_000:
            assert contenders["few"]() == answers[: len(few)]
        else:
            del contenders["few"]
        contenders["floor"] = floor(answers, asked)
        taken = medians(contenders, rounds=5)
        a_second = {name: len(few if name == "few" else asked) / seconds for name, seconds in taken.items()}
        for name, decisions in a_second.items():
            lines[NAMED[name]][count] = decisions
        at_ten = at_ten or a_second["tarifa"]
        peer = f"{a_second['few']:12,.0f}" if "few" in a_second else f"{'-':>12}"
        print(
            f"{count:7,} {a_second['floor']:12,.0f} {a_second['tarifa']:12,.0f} {a_second['zen']:12,.0f} {peer}"
            f"   {a_second['tarifa'] / a_second['zen']:.1f} x; {at_ten / a_second['tarifa']:.1f} times the 10-row time"
        )
    if plot is not None:
        draw(plot, lines, title="Decisions of one table, first hit", sizes="rows", figures="decisions a second")


if __name__ == "__main__":
    main()
