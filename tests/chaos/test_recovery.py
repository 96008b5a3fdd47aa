"""How long a fault's consequences lasted, read from the looks that were taken."""

import math

import pytest

from tests.chaos.faults import Incident
from tests.chaos.plan import Fault
from tests.chaos.table import recovery
from tests.chaos.watch import Sample

INCIDENT = Incident(Fault("kill", "matcher-relay", 1.0, 0.1), 100.0, 101.0)


def look(at: float, late: float | None) -> Sample:
    return Sample(at, None if late is None else {"registry hears": late}, late_seconds=2.0)


@pytest.mark.parametrize(
    "looks, until, seconds",
    [
        pytest.param([(101.5, 0.5), (102.0, 0.0)], math.inf, 0.0, id="nothing was late"),
        pytest.param([(101.5, 3.0), (102.0, 0.5)], math.inf, 1.0, id="late at once"),
        pytest.param([(101.5, 1.5), (102.0, 2.0), (102.5, 2.5), (103.0, 0.2)], math.inf, 2.0, id="late only later"),
        pytest.param([(100.5, 9.0), (101.5, 0.0)], math.inf, 0.0, id="what was late before the end does not count"),
        pytest.param([(101.5, None), (102.0, 0.0)], math.inf, 1.0, id="a database that cannot be asked is late"),
        pytest.param([(101.5, 3.0), (102.0, 0.5), (110.0, 9.0)], 105.0, 1.0, id="what the next fault did does not"),
        pytest.param([(101.5, 3.0), (104.0, 3.0)], math.inf, 3.0, id="never well again: at least so long"),
    ],
)
def test_recovery_ends_with_the_last_look_that_found_something_late(
    looks: list[tuple[float, float | None]], until: float, seconds: float
):
    samples = [look(at, late) for at, late in looks]

    assert recovery(INCIDENT, samples, until) == seconds
