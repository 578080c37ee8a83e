"""How the benchmarks measure: all contenders in one run, taking turns, and the median of their rounds."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping
from time import perf_counter


def medians(contenders: Mapping[str, Callable[[], object]], *, rounds: int = 7) -> dict[str, float]:
    """Seconds that each contender takes, as the median of rounds in which they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for work in contenders.values():
        work()  # what is compiled or cached at first use is not what is measured
    for _ in range(rounds):
        for name, work in contenders.items():
            gc.collect()
            start = perf_counter()
            work()
            taken[name].append(perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}
