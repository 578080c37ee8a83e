"""`tarifa replay`: compute issued documents once more, from the facts as they were known."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from datetime import date

import click

from tarifa.cli.database import chosen_settings, database_option, on_database
from tarifa.cli.days import DAY
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError
from tarifa.services.replay import Outcome, Replay, replay, replay_all
from tarifa.storage import Database


@click.command("replay")
@click.argument("numbers", metavar="NUMBER...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All documents.")
@click.option("--since", type=DAY, metavar="DATE", help="All that were issued on that day or later.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
@database_option
def command(
    *, numbers: tuple[str, ...], everything: bool, since: date | None, format_: str, database: str | None
) -> None:
    """Compute documents once more and compare them with what was issued, byte for byte. Nothing is written.

    A document is settled again from the facts, versions and counters that it was made from, and credit by hand is reckoned
    again from what was asked for; what was recorded since does not count. It is equal, or differs because Tarifa or the time zone data has another release since, or shows a defect.
    With --all or --since only those are told that are not equal. JSON is one object a line.

    Exit codes: 0 all are equal, 1 some are not, or there is no such document, 2 usage.
    """
    if bool(numbers) + everything + (since is not None) != 1:
        raise CommandError("give the numbers of documents, or --all, or --since DATE", exit_code=USAGE)

    async def work(opened: Database) -> Counter[_Kind]:
        counts: Counter[_Kind] = Counter()
        if numbers:
            for number in numbers:
                one = await replay(opened, number)
                if one is None:
                    raise CommandError(f"there is no document {number}")
                _tell(one, format_)
                counts[one.outcome, one.by_hand] += 1
            return counts
        async for one in replay_all(opened, since=since):
            if one.outcome is not Outcome.EQUAL:
                _tell(one, format_)
            counts[one.outcome, one.by_hand] += 1
        return counts

    counts = on_database(chosen_settings(database), work)
    if format_ == "text" and not numbers:
        click.echo(_summary(counts))
    if any(outcome is not Outcome.EQUAL for outcome, _ in counts):
        sys.exit(PROBLEMS)


_Kind = tuple[Outcome, bool]
"""What came of a document, and whether it is credit by hand."""
_COUNTED = {
    Outcome.EQUAL: "equal",
    Outcome.OTHER_RELEASE: "made by another release",
    Outcome.DEFECT: "with a defect",
}


def _summary(counts: Counter[_Kind]) -> str:
    by_outcome = {outcome: counts[outcome, False] + counts[outcome, True] for outcome in Outcome}
    found = [f"{many} {_COUNTED[outcome]}" for outcome, many in by_outcome.items() if many]
    by_hand = sum(many for (_, is_by_hand), many in counts.items() if is_by_hand)
    told = [", ".join(found)] if found else []
    told += [f"{by_hand} of them credit by hand"] if by_hand else []
    return ": ".join([f"{count(counts.total(), 'document')} replayed", *(["; ".join(told)] if told else [])])


def _tell(one: Replay, format_: str) -> None:
    click.echo(json.dumps(asdict(one), ensure_ascii=False) if format_ == "json" else _words(one))


def _words(one: Replay) -> str:
    if one.outcome is Outcome.EQUAL:
        return f"{one.number}: equal{', by hand' if one.by_hand else ''}"
    releases = ", ".join(f"{release.of} {release.issued} -> {release.now}" for release in one.releases)
    why = f"another release: {releases}" if releases else "defect"
    if one.problem is not None:
        return f"{one.number}: {why}: {one.problem}"
    lines = [f"{one.number}: {why}"]
    if one.difference is not None:
        lines.append(f"  first difference: {one.difference.member}")
        lines.append(f"    issued    {_or_nothing(one.difference.issued)}")
        lines.append(f"    replayed  {_or_nothing(one.difference.now)}")
    return "\n".join(lines)


def _or_nothing(text: str | None) -> str:
    return text if text is not None else "nothing"
