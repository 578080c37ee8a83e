"""The tree stands as `docs/architecture.md` says, and its packages are nobody else's."""

from __future__ import annotations

import importlib
import re
from importlib.metadata import distribution, distributions, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.gates.sources import PACKAGES, ROOT

REGISTRY = re.compile(r"https?://|^\s*-|--index|--find-links|@ file", re.MULTILINE)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_ships_a_package_of_our_name(package: str) -> None:
    others = set(packages_distributions().get(package, [])) - {"tarifa"}

    assert others == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_imported_package_is_the_one_of_this_tree(package: str) -> None:
    found = importlib.import_module(package).__file__

    assert found is not None
    assert Path(found).resolve().is_relative_to(ROOT / package)


@pytest.mark.parametrize(
    "path",
    (
        *PACKAGES,
        *("rulesets", "tests", "docs", "docs/adr", "examples", "constraints.txt", "pyproject.toml", "Makefile"),
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".ci/run"),
    ),
)
def test_the_tree_has_the_rooms_that_the_architecture_names(path: str) -> None:
    assert (ROOT / path).exists()


def test_continuous_integration_runs_the_gate_that_developers_run() -> None:
    commands = [line for line in (ROOT / ".ci/run").read_text("utf-8").splitlines() if "make" in line]

    assert commands == ["exec make check"]


def test_constraints_are_exact_and_name_no_index() -> None:
    lines = [line for line in _constraints().splitlines() if line and not line.startswith("#")]

    assert [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[A-Za-z0-9.]+", line)] == []
    assert REGISTRY.search("\n".join(lines)) is None


def test_every_package_that_is_needed_is_pinned() -> None:
    pinned = {line.partition("==")[0] for line in _constraints().splitlines() if "==" in line}

    assert sorted(_needed() - pinned) == []


def test_the_pins_are_what_these_tests_run_with() -> None:
    installed = {canonicalize_name(found.name): found.version for found in distributions()}
    pins = dict(line.split("==") for line in _constraints().splitlines() if "==" in line)

    assert {name: version for name, version in pins.items() if installed.get(name, version) != version} == {}


def _constraints() -> str:
    return (ROOT / "constraints.txt").read_text("utf-8")


def _needed() -> set[str]:
    """Names of all distributions that an installation for development brings, but for this one."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [("tarifa", frozenset({"dev"}))]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for text in distribution(name).requires or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras | {""}):
                waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    return {name for name, _ in seen} - {"tarifa"}
