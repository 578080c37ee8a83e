"""How the benchmarks measure: all contenders in one run, taking turns, and the median of their rounds.

Time is that of the processor, so that what else a machine has to do is not measured with it; of the caches that it
shares, it still takes its part.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping
from time import process_time


def medians(contenders: Mapping[str, Callable[[], object]], *, rounds: int = 7) -> dict[str, float]:
    """Seconds of the processor that each contender takes, as the median of rounds in which they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for work in contenders.values():
        work()  # what is compiled or cached at first use is not what is measured
    for _ in range(rounds):
        for name, work in contenders.items():
            gc.collect()
            start = process_time()
            work()
            taken[name].append(process_time() - start)
    return {name: statistics.median(times) for name, times in taken.items()}
