"""The growth of four operations as one PNG, ours beside the peer's."""

import math
from dataclasses import dataclass
from pathlib import Path

# requirements-bench.txt brings it; types are checked without that too
import matplotlib as mpl  # type: ignore[import-not-found, unused-ignore]
from matplotlib.axes import Axes  # type: ignore[import-not-found, unused-ignore]
from matplotlib.figure import Figure as Canvas  # type: ignore[import-not-found, unused-ignore]
from matplotlib.ticker import FuncFormatter, NullFormatter  # type: ignore[import-not-found, unused-ignore]

from benchmarks.operations import Axis
from benchmarks.peers import PEER
from benchmarks.results import Results

_OURS, _THEIRS = "#0b6e99", "#c8553d"
_UNITS = {Axis.USERS: "users in the directory", Axis.MEMBERS: "members of the group"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the picture."""

    operation: str
    title: str
    axis: Axis


PANELS = (
    Panel("add_one", "PATCH: add one member", Axis.MEMBERS),
    Panel("group_get_bare", "GET group, excludedAttributes=members", Axis.MEMBERS),
    Panel("user_filter_hit", "GET users, userName eq", Axis.USERS),
    Panel("list_index", "GET users, first 100", Axis.USERS),
)


def draw(results: Results, path: Path) -> None:
    """Write the picture to *path*."""
    with mpl.rc_context({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        canvas = Canvas(figsize=(11, 7.6), layout="constrained")
        for axes, panel in zip(canvas.subplots(2, 2).flat, PANELS, strict=True):
            _draw_panel(axes, panel, results)
        handles, labels = canvas.axes[0].get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        canvas.suptitle("What one request costs as the directory and the group grow (lower is better)", fontsize=13)
        canvas.savefig(path, dpi=130, metadata={"Software": None})


def _draw_panel(axes: Axes, panel: Panel, results: Results) -> None:
    figures = results.of(panel.operation)
    sizes = [each.size for each in figures]
    axes.plot(
        *(sizes, [each.http.latency for each in figures]), color=_OURS, marker="o", label="Rollcall over HTTP, p50"
    )
    axes.plot(
        *(sizes, [each.handler.cpu for each in figures]),
        color=_OURS,
        marker=".",
        linestyle="--",
        label="Rollcall, CPU of the handler",
    )
    peers = [(each.size, each.peer.latency) for each in figures if each.peer is not None]
    axes.plot(
        *([size for size, _ in peers], [latency for _, latency in peers]),
        color=_THEIRS,
        marker="s",
        label=f"{PEER} over HTTP, p50",
    )
    axes.set(xscale="log", yscale="log", title=panel.title, xlabel=_UNITS[panel.axis], ylabel="milliseconds")
    axes.set_xticks(sizes, [_short(size) for size in sizes])
    axes.set_ylim(*_decades(*axes.dataLim.intervaly))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    for scale in (axes.xaxis, axes.yaxis):
        scale.set_minor_formatter(NullFormatter())
    axes.grid(visible=True, which="both", alpha=0.25)


def _short(size: int) -> str:
    """5,000 as 5k: neighbours on a log axis stand close."""
    return f"{size // 1000}k" if size % 1000 == 0 else str(size)


def _decades(low: float, high: float) -> tuple[float, float]:
    """The powers of ten around what is shown: a curve that hardly rises looks so."""
    return 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))
