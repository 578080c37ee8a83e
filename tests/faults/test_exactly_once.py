"""L05: the job runs twice, in parallel, or dies half way: the documents are those of a run that nobody disturbed."""

import asyncio
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from tarifa.services.failpoints import Failpoint
from tarifa.settings import Settings
from tarifa.storage.database import backend
from tests.databases import KINDS, a_database
from tests.faults.books import record
from tests.faults.processes import Outcome, finished, outcome, start_recorder, start_worker


def test_the_undisturbed_run_bills_every_contract_with_numbers_without_a_gap(undisturbed: Outcome) -> None:
    count = len(undisturbed.documents)
    assert count > 300
    assert undisturbed.numbers == [f"INV-{n:06d}" for n in range(1, count + 1)]
    assert undisturbed.next_number == count + 1
    assert len({body["key"] for body in undisturbed.documents}) == count


def test_a_second_worker_finds_nothing_to_do(fresh: Settings, undisturbed: Outcome) -> None:
    finished(start_worker(fresh))
    finished(start_worker(fresh))
    assert outcome(fresh) == undisturbed


def test_workers_at_once_bill_everything_once(fresh: Settings, undisturbed: Outcome) -> None:
    workers = [start_worker(fresh) for _ in range(4)]
    assert [finished(worker) for worker in workers] == [0, 0, 0, 0]
    assert outcome(fresh) == undisturbed


@pytest.mark.parametrize("kind", KINDS)
def test_eight_workers_bill_the_same_thousand_contracts_as_one_does(kind: str, tmp_path: Path) -> None:
    with a_database(kind, tmp_path) as alone:
        asyncio.run(record(alone, contracts=1_000, months=(5,)))
        with a_database(kind, tmp_path, like=alone) as crowded:
            assert finished(start_worker(alone)) == 0
            workers = [start_worker(crowded) for _ in range(8)]
            assert [finished(worker) for worker in workers] == [0] * 8
            assert outcome(crowded) == outcome(alone)
            assert len(outcome(crowded).heads) == 1_000


@pytest.mark.parametrize("failpoint", get_args(Failpoint))
def test_a_worker_killed_anywhere_loses_and_doubles_nothing(
    fresh: Settings, undisturbed: Outcome, failpoint: str
) -> None:
    assert finished(start_worker(fresh, failpoint=failpoint)) == -9
    assert finished(start_worker(fresh)) == 0
    assert outcome(fresh) == undisturbed


def test_one_of_two_workers_killed_in_mid_run_leaves_the_rest_to_the_other(
    fresh: Settings, undisturbed: Outcome
) -> None:
    doomed, other = start_worker(fresh, failpoint="after-lines"), start_worker(fresh)
    assert finished(other) == 0
    assert finished(doomed) in (-9, 0)  # 0 where the other one was faster
    assert outcome(fresh) == undisturbed


def test_a_lost_job_table_loses_no_money(fresh: Settings, undisturbed: Outcome) -> None:
    finished(start_worker(fresh, failpoint="after-commit"))
    with closing(backend(fresh).connect()) as connection:
        connection.run("DELETE FROM jobs")
    finished(start_worker(fresh))
    assert outcome(fresh) == undisturbed


def test_work_recorded_while_workers_bill_comes_to_the_same_as_work_recorded_before(
    recorded: tuple[str, Settings], tmp_path: Path
) -> None:
    kind, settings = recorded
    with a_database(kind, tmp_path, like=settings) as busy, a_database(kind, tmp_path, like=settings) as quiet:
        _recorded_while_billing(busy, quiet)


def _recorded_while_billing(busy: Settings, quiet: Settings) -> None:
    recorder, workers = start_recorder(busy), [start_worker(busy), start_worker(busy)]
    assert [finished(process) for process in (recorder, *workers)] == [0, 0, 0]
    assert finished(start_recorder(quiet)) == 0
    for settings in (busy, quiet):
        assert finished(start_worker(settings, through=date(2026, 7, 15))) == 0
    assert _without_nothing(outcome(busy)) == _without_nothing(outcome(quiet))
    invoices = [number for number in outcome(busy).numbers if number.startswith("INV-")]
    assert invoices == [f"INV-{n:06d}" for n in range(1, outcome(busy).next_number)]


def _without_nothing(made: Outcome) -> list[tuple[str, str, int, int]]:
    """What each item came to; one that was billed and taken back is as if it had never been."""
    return [one for one in made.item_sums if one[2:] != (0, 0)]
