"""The policies as a picture: shares of the clairvoyant's points, each year a dot, the mean a bar and its confidence."""

from xml.sax.saxutils import escape

from services.matcher.simulate.table import ALL_KNOWING, Results, mean, shares

WIDTH, ROW, LEFT, TOP, RIGHT = 760, 44, 170, 56, 90
INK, BAR, DOT = "#1d2b36", "#9cc3d5", "#1f6f8b"
FLOOR = 0.5


def svg(results: Results) -> str:
    """An SVG file's text; the same results give the same text."""
    policies = list(next(iter(results.values())))
    height = TOP + ROW * len(policies) + 50
    parts = [_frame(height, len(results)), *_axis(height)]
    for row, policy in enumerate(policies):
        parts += _row(policy, shares(results, policy, ALL_KNOWING), TOP + ROW * row)
    return "\n".join([*parts, "</svg>\n"])


def _frame(height: int, years: int) -> str:
    title = f"Share of the clairvoyant's points, {years} school year{'' if years == 1 else 's'}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="14" fill="{INK}" role="img">\n<title>{title}</title>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n'
        f'<text x="20" y="30" font-size="18">{title}</text>'
    )


def _x(share: float) -> float:
    return LEFT + (max(FLOOR, share) - FLOOR) / (1 - FLOOR) * (WIDTH - LEFT - RIGHT)


def _axis(height: int) -> list[str]:
    marks = [FLOOR + 0.1 * i for i in range(6)]
    lines = [f'<line x1="{_x(m):.1f}" y1="{TOP}" x2="{_x(m):.1f}" y2="{height - 40}" stroke="#d9e0e4"/>' for m in marks]
    return lines + [f'<text x="{_x(m):.1f}" y="{height - 20}" text-anchor="middle">{m:.1f}</text>' for m in marks]


def _row(policy: str, found: list[float], top: int) -> list[str]:
    average = mean(found)
    middle = top + ROW / 2
    spread = average.spread or 0.0
    return [
        f'<text x="{LEFT - 10}" y="{middle + 5:.1f}" text-anchor="end">{escape(policy)}</text>',
        f'<rect x="{LEFT}" y="{top + 10}" width="{_x(average.value) - LEFT:.1f}" height="{ROW - 20}" fill="{BAR}"/>',
        f'<path d="M{_x(average.value - spread):.1f} {middle:.1f}H{_x(average.value + spread):.1f}" stroke="{INK}"/>',
        *(f'<circle cx="{_x(share):.1f}" cy="{middle:.1f}" r="4" fill="{DOT}"/>' for share in found),
        f'<text x="{WIDTH - RIGHT + 14}" y="{middle + 5:.1f}">{average.value:.3f}</text>',
    ]
