"""Draw what was measured: lines over powers of ten, as SVG whose text stays text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot

Lines = Mapping[str, Mapping[int, float]]
"""By name of a contender: figures a second by size."""


def draw(path: Path, lines: Lines, *, title: str, sizes: str, figures: str) -> None:
    """Write one chart, both axes logarithmic; `sizes` and `figures` say what they count."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "tarifa", "font.family": "sans-serif"})
    figure, axes = pyplot.subplots(figsize=(7.5, 4.5))
    for name, points in lines.items():
        axes.loglog(list(points), list(points.values()), marker="o", label=name)
    axes.set(title=title, xlabel=sizes, ylabel=figures)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend()
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    pyplot.close(figure)
