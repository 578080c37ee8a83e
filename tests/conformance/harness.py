"""The real path of a worked case: ruleset text and files in, `tarifa bill`, documents out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tarifa.cli import cli

HERE = Path(__file__).parent
CASES = {case["id"]: case for case in json.loads((HERE / "cases.json").read_text("utf-8"))["scenarios"]}

HEAD = """
ruleset Fixture
  version    {version}
  valid      {valid}
  currency   {currency}
  timezone   Europe/Lisbon
"""
CALENDAR = """
calendar office
  holidays   PT
  | days      | hours        | band            |
  |-----------|--------------|-----------------|
  | holiday   | -            | holiday         |
  | Sat, Sun  | -            | weekend         |
  | Mon..Fri  | 09:00..18:00 | operational     |
  | otherwise |              | non-operational |
"""
BAND_RATES = """
table Hourly
  across band
  | row | account || rate / operational | rate / non-operational | rate / weekend | rate / holiday |
  |-----|---------||--------------------|------------------------|----------------|----------------|
  | H1  | -       || €100.00/h          | €150.00/h              | €200.00/h      | €250.00/h      |
"""
OPEN_PLAN = """
plans
  | plan | mode     | measure | every | beyond |
  |------|----------|---------|-------|--------|
  | Open | postpaid | hours   | month | rate   |
"""
TAX = """
taxes
  | row | country   || code | rate | category |
  |-----|-----------||------|------|----------|
  | T1  | otherwise || iva  | 23%  | S        |
"""
NO_TAX = """
taxes
  | row | country   || code | rate |
  |-----|-----------||------|------|
  | T1  | otherwise || none | 0%   |
"""


def rounding(minimum: str, step: str) -> str:
    """A table and nothing else that rounds time."""
    return f"""
table Rounding
  | row | account || minimum   | round up to |
  |-----|---------||-----------|-------------|
  | M1  | -       || {minimum} | {step}      |
"""


def pricing(**formulas: str) -> str:
    """The hooks; underscores in names are blanks."""
    rows = "".join(f"  | {hook.replace('_', ' ')} | {formula} |\n" for hook, formula in formulas.items())
    return f"\npricing\n  | name | formula |\n  |------|---------|\n{rows}"


def ruleset(*parts: str, version: str = "1", valid: str = "2026-01-01..", currency: str = "EUR") -> str:
    """The text of a ruleset."""
    return HEAD.format(version=version, valid=valid, currency=currency) + "".join(parts)


@dataclass(frozen=True)
class Billed:
    """What `tarifa bill --format json` printed, and its exit code."""

    exit_code: int
    out: dict[str, Any]

    @property
    def documents(self) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = self.out["documents"]
        return documents

    @property
    def labour(self) -> list[dict[str, Any]]:
        return [line for document in self.documents for line in document["lines"] if line["kind"] == "labour"]

    @property
    def exceptions(self) -> list[dict[str, Any]]:
        exceptions: list[dict[str, Any]] = self.out["exceptions"]
        return exceptions

    def by_band(self) -> dict[str, tuple[int, str]]:
        return {line["band"]: (line["rounded"], line["amount"]) for line in self.labour}


def bill(
    folder: Path,
    rules: str | Sequence[str],
    worklogs: Iterable[Mapping[str, object]],
    *,
    contract: Mapping[str, object] | None = None,
    sites: Iterable[Mapping[str, object]] = (),
    top_ups: Iterable[Mapping[str, object]] = (),
    quantities: Iterable[Mapping[str, object]] = (),
    through: str = "2026-12-31",
    others: Sequence[str] = (),
    beside: Iterable[Mapping[str, object]] = (),
) -> Billed:
    """Bill one account of the fixture, `ACME` in Portugal, on the plan `Open` from January 2026 unless given.

    `others` are more accounts, each on the standard contract; `beside` are more contracts of `ACME`, each with what it
    has of its own.
    """
    texts = [rules] if isinstance(rules, str) else rules
    folders = []
    for n, text in enumerate(texts):
        folders.append(folder / f"rules-{n}")
        folders[-1].mkdir()
        (folders[-1] / "all.rules").write_text(text, "utf-8")
    standard = {"number": "C1", "account": "ACME", "plan": "Open", "start": "2026-01-01", "zone": "Europe/Lisbon"}
    files: dict[str, Sequence[Mapping[str, object]]] = {
        "accounts": [{"key": "ACME", "name": "Acme Corp", "country": "PT"}]
        + [{"key": key, "name": key, "country": "PT"} for key in others],
        "sites": list(sites),
        "contracts": [{**standard, **(contract or {})}]
        + [{**standard, **row} for row in beside]
        + [{**standard, "number": f"C-{key}", "account": key} for key in others],
        "worklogs": [{"account": "ACME", **worklog} for worklog in worklogs],
        "top-ups": [{"contract": "C1", **top_up} for top_up in top_ups],
        "quantities": [{"contract": "C1", **quantity} for quantity in quantities],
    }
    command = ["bill", *map(str, folders), "--through", through, "--format", "json"]
    for name, rows in files.items():
        if rows:
            (folder / f"{name}.csv").write_text(csv_text(rows), "utf-8")
            command += [f"--{name}", str(folder / f"{name}.csv")]
    result = CliRunner().invoke(cli, command)
    assert result.stdout.startswith("{"), result.output
    return Billed(result.exit_code, json.loads(result.stdout))


def csv_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of any columns as CSV."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
