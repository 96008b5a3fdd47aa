"""The equity rule: who counts more, in thousandths."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matcher.equity import Standing, equity_1, weigh

NOTHING_SPECIAL = Standing(need={"gb5": 0}, target={"gb5": 100}, fsm_pct=0, waiting_days=0, guarantee_days=60)


@pytest.mark.parametrize(
    "standing, weight",
    [
        pytest.param(NOTHING_SPECIAL, 1000, id="nothing special"),
        pytest.param(replace(NOTHING_SPECIAL, need={"gb5": 100}), 1300, id="everybody still without"),
        pytest.param(replace(NOTHING_SPECIAL, need={"gb5": 50}), 1150, id="half still without"),
        pytest.param(replace(NOTHING_SPECIAL, fsm_pct=25), 1100, id="a quarter on free school meals"),
        pytest.param(replace(NOTHING_SPECIAL, fsm_pct=80), 1200, id="most on free school meals"),
        pytest.param(replace(NOTHING_SPECIAL, waiting_days=30), 1050, id="half way to the guarantee"),
        pytest.param(replace(NOTHING_SPECIAL, waiting_days=60), 1100, id="at the guarantee"),
        pytest.param(replace(NOTHING_SPECIAL, waiting_days=70), 1200, id="ten days beyond it"),
        pytest.param(replace(NOTHING_SPECIAL, waiting_days=400), 1500, id="far beyond it"),
        pytest.param(replace(NOTHING_SPECIAL, need={}, target={}), 1000, id="asks for nothing"),
    ],
)
def test_the_rule_by_example(standing: Standing, weight: int) -> None:
    assert equity_1(standing) == weight


STANDINGS = st.builds(
    Standing,
    need=st.dictionaries(st.sampled_from(["gb5", "gb6"]), st.integers(0, 5000)),
    target=st.dictionaries(st.sampled_from(["gb5", "gb6"]), st.integers(0, 5000)),
    fsm_pct=st.floats(0, 100),
    waiting_days=st.integers(-5, 500),
    guarantee_days=st.integers(1, 200),
)


@given(STANDINGS)
def test_nobody_counts_more_than_twice_what_another_does(standing: Standing) -> None:
    assert 1000 <= equity_1(standing) <= 2000


@given(STANDINGS, st.integers(1, 100))
def test_waiting_longer_never_counts_less(standing: Standing, days: int) -> None:
    later = replace(standing, waiting_days=standing.waiting_days + days)

    assert equity_1(later) >= equity_1(standing)


def test_a_rule_not_known_here_falls_back_to_the_newest() -> None:
    assert weigh("equity-9", NOTHING_SPECIAL) == weigh("equity-1", NOTHING_SPECIAL)
