"""`python -m bench [INSTANCE …]`: solve each in a process of its own and print a row; then how the cost grows.

Without arguments: the instances kept here. Others, such as a whole nation, are named by their path.
"""

import argparse
import json
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
INSTANCES = HERE / "instances"
GROWTH = (10, 30, 100, 300, 600)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The best points known, and what was proven that nobody can exceed."""

    best: int
    bound: int | None


KNOWN = {
    "example-1-does-it-pay": Yardstick(25_162, 25_162),
    "example-2-two-days": Yardstick(75_000, 75_000),
    "example-3-move-or-stay": Yardstick(68_700, 68_700),
    "p01_village": Yardstick(1_417_946, 1_417_946),
    "p02_village_midyear": Yardstick(2_569_723, 2_569_723),
    "p11_hub_balanced": Yardstick(34_975_771, 35_125_596),
    "p12_hub_scarce": Yardstick(20_241_059, 20_609_648),
    "p13_hub_placements": Yardstick(16_763_252, 16_950_410),
    "p21_region_600": Yardstick(468_087_725, 484_932_491),
    "p31_england": Yardstick(3_305_034_851, None),
}
SECONDS = {"p2": 115.0, "p3": 168.0}
HUB_SECONDS = 30.0


def main() -> int:
    """Print the table; 1 when a plan was not allowed or exceeded a bound."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("instances", nargs="*", type=Path, help="files; by default those kept in bench/instances")
    parser.add_argument("--seconds", type=float, help="for each, instead of 30 for a hub, 115 for a region")
    parser.add_argument("--no-growth", action="store_true", help="leave the growth of the cost out")
    wish = parser.parse_args()
    one("warm")
    print(HEADER)
    paths = wish.instances or sorted(INSTANCES.glob("*.json*"))
    rows = [row for path in paths if (row := measured(path, wish.seconds))]
    if not wish.no_growth:
        print_growth()
    return 0 if len(rows) == len(paths) else 1


HEADER = (
    f"{'instance':24}{'points':>15}{'bound':>15}{'gap':>8}{'/ best':>9}{'bound/known':>12}"
    f"{'1 s':>8}{'seconds':>9}{'cpu':>7}{'MB':>6}  ended by, method"
)


def one(*arguments: str) -> dict[str, object]:
    """What one run in a process of its own reports."""
    done = subprocess.run(  # noqa: S603 — our own program.
        [sys.executable, "-m", "bench.one", *arguments], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measured(path: Path, seconds: float | None) -> dict[str, object] | None:
    """The row of one instance, printed; nothing when its plan was refused."""
    name = path.name.partition(".")[0]
    limit = seconds or next((s for start, s in SECONDS.items() if name.startswith(start)), HUB_SECONDS)
    row = one(str(path), str(limit))
    known = KNOWN.get(name)
    print(_row(name, row, known))
    points = float(str(row["points"]))
    if row["broken"] or (known and known.bound is not None and points > known.bound):
        print(f"  refused: {row['broken'] or 'above the proven bound'}")
        return None
    return row


def _row(name: str, row: dict[str, object], known: Yardstick | None) -> str:
    points, bound = int(str(row["points"])), row["bound"]
    to_best = f"{points / known.best:.4f}" if known else ""
    to_bound = f"{int(str(bound)) / known.bound:.4f}" if known and known.bound and bound is not None else ""
    shown = f"{int(str(bound)):,}" if bound is not None else "–"
    gap = f"{float(str(row['gap'])):.2%}" if bound is not None else "–"
    early = f"{int(str(row['early'])) / known.best:.4f}" if known and row["early"] else ""
    return (
        f"{name:24}{points:>15,}{shown:>15}{gap:>8}{to_best:>9}{to_bound:>12}{early:>8}"
        f"{float(str(row['seconds'])):>9.1f}{float(str(row['cpu'])):>7.1f}{int(str(row['megabytes'])):>6}"
        f"  {row['ended']}"
    )


def print_growth() -> None:
    """Cost over cuts of the region of 600 schools, by equal work per request, and the exponent fitted to it."""
    region = str(INSTANCES / "p21_region_600.json.gz")
    costs = [(n, float(str(one("growth", region, str(n))["cpu"]))) for n in GROWTH]
    for schools, cpu in costs:
        print(f"  {schools:4} schools: {cpu:7.2f} s of computing")
    print(f"  cost grows as schools ^ {_exponent(costs):.2f}")


def _exponent(costs: list[tuple[int, float]]) -> float:
    points = [(math.log(n), math.log(max(cost, 1e-3))) for n, cost in costs]
    x = sum(a for a, _ in points) / len(points)
    y = sum(b for _, b in points) / len(points)
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


if __name__ == "__main__":
    sys.exit(main())
