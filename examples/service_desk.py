r"""Turn the event log of a service desk into the files that `tarifa bill` reads.

    python examples/service_desk.py incident_worklogs.csv.gz OUT
    tarifa bill rulesets/service-desk --accounts OUT/accounts.csv --contracts OUT/contracts.csv \
        --worklogs OUT/worklogs.csv --through 2017-03-01

The log is one of an incident management process (UCI Machine Learning Repository, data set 498) with its columns renamed
and minutes added; it is not in this repository. Its columns are its own (Entry, Ticket, Location, Work start, ...), its
dates have the day first, and some cells are empty. Each location becomes an account with a monthly contract. Nothing is
invented and nothing is dropped: a row without a location keeps a blank account, and `tarifa bill` lists it among the
exceptions.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

FIRST_DAY = "2016-02-01"
"""The contracts start with the month of the first entry."""

# Our column, theirs. Priority reads `3 - Moderate` there and `Moderate` in the ruleset.
WORKLOG_COLUMNS = {
    "id": "Entry",
    "account": "Location",
    "request": "Ticket",
    "category": "Category",
    "subcategory": "Subcategory",
    "technician": "Technician",
    "minutes": "Minutes",
}


def entries(log: Path) -> Iterator[dict[str, str]]:
    """The rows of the log, packed with gzip or not."""
    how = gzip.open if log.suffix == ".gz" else open
    with how(log, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def iso(day_first: str) -> str:
    """`29/02/2016 01:23` as `2016-02-29 01:23`."""
    return datetime.strptime(day_first, "%d/%m/%Y %H:%M").isoformat(" ", "minutes")  # noqa: DTZ007 - no zone in the log


def worklog(entry: dict[str, str]) -> dict[str, str]:
    """One row of the log as a worklog."""
    row = {ours: entry[theirs].strip() for ours, theirs in WORKLOG_COLUMNS.items()}
    row["kind"] = "incident"
    row["priority"] = entry["Priority"].partition(" - ")[2]
    row["request_opened"] = iso(entry["Opened"])
    row["start"] = iso(entry["Work start"])
    return row


def write(path: Path, rows: Iterable[dict[str, str]], columns: Sequence[str]) -> None:
    """Write one of the files."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def convert(log: Path, out: Path) -> int:
    """Write accounts, contracts and worklogs below `out`; returns how many worklogs there are."""
    out.mkdir(parents=True, exist_ok=True)
    worklogs = [worklog(entry) for entry in entries(log)]
    locations = sorted({row["account"] for row in worklogs if row["account"]})
    write(out / "accounts.csv", ({"key": name, "country": "BR"} for name in locations), ["key", "country"])
    contracts = (
        {"number": name.replace("Location ", "L-"), "account": name, "plan": "Monthly", "start": FIRST_DAY}
        for name in locations
    )
    write(out / "contracts.csv", contracts, ["number", "account", "plan", "start"])
    columns = [*WORKLOG_COLUMNS, "kind", "priority", "request_opened", "start"]
    write(out / "worklogs.csv", worklogs, columns)
    return len(worklogs)


def main(arguments: Sequence[str]) -> int:
    """Run the script; 2 is wrong usage, 1 a log that cannot be read."""
    if len(arguments) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    log, out = Path(arguments[0]), Path(arguments[1])
    try:
        written = convert(log, out)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        sys.stderr.write(f"{log}: cannot be read: {error}\n")
        return 1
    except (KeyError, ValueError) as error:
        sys.stderr.write(f"{log}: not the log that this script knows: {error}\n")
        return 1
    sys.stdout.write(f"{written} worklogs written to {out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
