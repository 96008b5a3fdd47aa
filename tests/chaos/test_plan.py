from collections import Counter

import pytest

from tests.chaos.plan import OURS, SERVERS, TWINS, draw


def test_the_same_seed_draws_the_same_faults():
    assert draw(7, 20) == draw(7, 20)
    assert draw(7, 20) != draw(8, 20)


@pytest.mark.parametrize("seed", range(5))
def test_everything_that_runs_is_killed_before_anything_is_killed_twice(seed: int):
    everything = {*OURS, *TWINS, *SERVERS}

    killed = Counter(fault.target for fault in draw(seed, len(everything)) if fault.kind == "kill")

    assert killed == dict.fromkeys(everything, 1)


def test_every_kind_of_fault_is_drawn():
    kinds = {fault.kind for fault in draw(1, 60)}

    assert kinds >= {"kill", "freeze", "away", "cut", "cut in the middle", "stall", "smtp", "group reset"}
    assert kinds >= {"freeze in an email", "freeze in a round", "join and leave", "everything twice"}
