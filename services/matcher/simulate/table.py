"""Years side by side: means over years with their confidence, as a table to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from services.matcher.simulate.measures import Measures

# Student's t for 95 %, by degrees of freedom; from there on the normal distribution's.
T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10)
NORMAL_95 = 1.96
PORTAL, ALL_KNOWING = "browse-and-book", "clairvoyant"

Results = Mapping[str, Mapping[str, Measures]]
"""By year, then by policy."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over years, and half the width of its 95 % confidence interval (None for a single year)."""

    value: float
    spread: float | None

    def text(self, digits: int) -> str:
        return f"{self.value:,.{digits}f}" + ("" if self.spread is None else f" ± {self.spread:,.{digits}f}")


def mean(values: Sequence[float]) -> Mean:
    """The mean and its confidence, as if the years were drawn from many alike."""
    if len(values) < len(("one", "two")):
        return Mean(fmean(values), None)
    degrees = len(values) - 1
    t = T_95[degrees - 1] if degrees <= len(T_95) else NORMAL_95
    return Mean(fmean(values), t * stdev(values) / sqrt(len(values)))


def shares(results: Results, policy: str, yardstick: str) -> list[float]:
    """Points of the policy as a share of the yardstick's, per year."""
    return [year[policy].points / max(1, year[yardstick].points) for year in results.values()]


def overview(results: Results) -> str:
    """The means over all years, one policy a row."""
    policies = list(next(iter(results.values())))
    benchmarks = sorted({b for year in results.values() for m in year.values() for b in m.coverage})
    heads = ["policy", "share of clairvoyant", "× browse-and-book", "pupils served"]
    heads += [f"{b} covered" for b in benchmarks]
    heads += ["worst decile", "offer waits", "request waits", "emails"]
    rows = [[p, *_cells(results, p, benchmarks)] for p in policies]
    return _grid([heads, *rows])


def _cells(results: Results, policy: str, benchmarks: Sequence[str]) -> list[str]:
    mine = [year[policy] for year in results.values()]
    cells = [
        mean(shares(results, policy, ALL_KNOWING)).text(3),
        mean(shares(results, policy, PORTAL)).text(3),
        mean([m.pupils for m in mine]).text(0),
    ]
    cells += [mean([m.coverage.get(b, 0.0) for m in mine]).text(3) for b in benchmarks]
    cells += [mean([m.worst_decile for m in mine]).text(3), mean([m.offer_wait for m in mine]).text(1)]
    return [*cells, mean([m.request_wait for m in mine]).text(1), mean([m.emails for m in mine]).text(2)]


def by_year(results: Results) -> str:
    """Every year and policy, one a row."""
    heads = ["year", "policy", "points", "share", "× browse", "pupils", "proposals", "declines", "withdrawn"]
    rows = [
        [
            year,
            policy,
            f"{m.points:,}",
            f"{m.points / max(1, policies[ALL_KNOWING].points):.3f}",
            f"{m.points / max(1, policies[PORTAL].points):.3f}",
            f"{m.pupils:,}",
            *map(str, (m.proposals, m.declines, m.withdrawn)),
        ]
        for year, policies in results.items()
        for policy, m in policies.items()
    ]
    return _grid([heads, *rows])


def _grid(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
