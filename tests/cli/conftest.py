"""The command line as one calls it, and a small ruleset with its facts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tarifa.cli import main

PRICES = """
ruleset Small
  version   1
  valid     2026-01-01..
  currency  USD
  timezone  America/Chicago

inputs
  | name     | of      | type   | values                 |
  |----------|---------|--------|------------------------|
  | category | request | choice | Desktop, Network, none |
  | floor    | worklog | number | -                      |

constants
  | name     | value    |
  |----------|----------|
  | standard | $90.00/h |

table Hourly rate
  hit first
  | row | category  | floor || rate           |
  |-----|-----------|-------||----------------|
  | R1  | Network   | >= 10 || standard * 2   |
  | R2  | Network   | -     || $120.00/h      |
  | R9  | otherwise |       || standard       |

pricing
  | name | formula          |
  |------|------------------|
  | rate | Hourly rate.rate |

plans
  | plan   | mode     | measure | every | fee     | allowance | beyond | top-ups |
  |--------|----------|---------|-------|---------|-----------|--------|---------|
  | Open   | postpaid | hours   | month | -       | -         | rate   | -       |
  | Hours  | prepaid  | hours   | month | $100.00 | 2 h       | rate   | More    |
  | Closed | prepaid  | hours   | month | $100.00 | 1 h       | hold   | -       |

top-ups
  | top-up | price  | adds |
  |--------|--------|------|
  | More   | $80.00 | 1 h  |

taxes
  | row | country   || code  | rate |
  |-----|-----------||-------|------|
  | T1  | US        || sales | 10%  |
  | T9  | otherwise || none  | 0%   |
"""

ACCOUNTS = "key,name,country\nAcme,Acme Corp,US\nGlobex,,US\n"
CONTRACTS = "number,account,plan,start\nC-1,Acme,Hours,2026-03-01\nC-2,Globex,Open,2026-03-01\n"
WORKLOGS = """id,account,category,floor,start,minutes
W-1,Acme,Desktop,,2026-03-02 09:00,90
W-2,Acme,Network,12,2026-03-03 09:00,60
W-3,Globex,Network,,2026-03-04 09:00,30
"""


@dataclass(frozen=True)
class Run:
    """How a command ended, and what it said."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, as JSON."""
        return json.loads(self.out)


Tarifa = Callable[..., Run]


@pytest.fixture
def tarifa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tarifa:
    """Run a command in this process."""

    def run(*arguments: str | Path) -> Run:
        monkeypatch.setattr(sys, "argv", ["tarifa", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Run(code if isinstance(code, int) else 0, said.out, said.err)

    return run


@dataclass(frozen=True)
class Facts:
    """A folder with a ruleset and CSV files, and the command that bills them."""

    folder: Path
    tarifa: Tarifa

    @property
    def ruleset(self) -> Path:
        """The ruleset's folder."""
        return self.folder / "small"

    def write(self, name: str, content: str | bytes) -> Path:
        """Write one of the files anew."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def bill(self, *more: str | Path, through: str = "2026-04-01", form: str = "json") -> Run:
        """Bill all of it."""
        options: list[str | Path] = ["--through", through, "--format", form]
        for name in (
            "accounts",
            "sites",
            "contracts",
            "worklogs",
            "top-ups",
            "amendments",
            "quantities",
            "openings",
            "payments",
        ):
            if (self.folder / f"{name}.csv").exists():
                options += [f"--{name}", self.folder / f"{name}.csv"]
        return self.tarifa("bill", self.ruleset, *more, *options)


@pytest.fixture
def facts(tmp_path: Path, tarifa: Tarifa) -> Facts:
    """A ruleset, two accounts with a contract each, and three worklogs."""
    made = Facts(tmp_path, tarifa)
    made.ruleset.mkdir()
    (made.ruleset / "small.rules").write_text(PRICES)
    for name, content in (("accounts", ACCOUNTS), ("contracts", CONTRACTS), ("worklogs", WORKLOGS)):
        made.write(f"{name}.csv", content)
    return made
