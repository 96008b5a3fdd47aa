"""What is broken, when, and for how long: all of it drawn from the seed before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from deploy.embedded.system import PROCESSES
from tests.chaos.stage import DOUBLES, LEASE_SECONDS, RELAY_IDLE_SECONDS, SESSION_SECONDS

OURS = tuple(f"{service}-{process}" for service, processes in PROCESSES.items() for process in processes)
TWINS = tuple(f"{name}-{n}" for name, count in DOUBLES.items() for n in range(2, count + 1))
SERVERS = ("kafka", "postgres", "mail")
DOORS = ("kafka", "postgres", "mail", "api")
JOINERS = ("matcher-rounds-3", "matcher-consumer-3", "notifier-sender-3", "registry-relay-3", "registry-consumer-2")
SMTP = (
    "temporary:stage=rcpt",
    "temporary:stage=content",
    "permanent:stage=rcpt,times=1",
    "permanent:stage=content,times=1",
    "hang:stage=content,seconds=4,times=2",
    "hang:stage=content,seconds=4,times=1,keep=no",
    "drop:stage=content,times=2",
    "drop:stage=content,times=1,keep=no",
    "slow:stage=content,seconds=1",
    "slow:stage=mail,seconds=0.7",
)
TOPICS_REPLAYED = ("offers", "requests", "answers", "matches", "letters", "contacts", "schools", "outlooks")


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. `seconds`: for how long, where it has a length."""

    kind: str
    target: str
    seconds: float
    pause: float
    """Before the next one begins."""
    seed: int = 0

    @property
    def name(self) -> str:
        """As the table counts it."""
        return f"{self.kind} {self.target}" if self.kind in _TOLD_APART else self.kind


_TOLD_APART = frozenset({"kill", "away", "cut", "cut in the middle", "stall", "freeze"})


def draw(seed: int, kills: int) -> list[Fault]:
    """So many kills, and three other faults for every four of them, in a random order."""
    chance = Random(seed)
    targets = [*OURS, *TWINS, *SERVERS]
    chance.shuffle(targets)
    # Each in turn: with enough kills nobody is left out.
    faults = [
        Fault("kill", targets[n % len(targets)], round(chance.uniform(0.1, 1.5), 1), _pause(chance))
        for n in range(kills)
    ]
    others = [kind for kind, share in _OTHERS for _ in range(share)]
    chance.shuffle(others)
    wanted = round(kills * 0.75)
    faults += [_other(others[n % len(others)], chance) for n in range(wanted)]
    chance.shuffle(faults)
    return faults


def each(times: int) -> list[Fault]:
    """Each kind at each of its aims, so many times: for measuring how long it takes until all is well again."""
    chance = Random(0)
    one = [Fault("kill", target, 1.0, 0.1) for target in (*OURS, *SERVERS)]
    for kind, _ in _OTHERS:
        targets, shortest, longest = _AIMS.get(kind, (tuple(PROCESSES), 0, 0))
        shown = OURS if kind == "freeze" else targets
        one += [
            Fault(kind, target, round((shortest + longest) / 2, 1), 0.1, chance.getrandbits(32)) for target in shown
        ]
    return one * times


_OTHERS = (
    ("freeze", 4),
    ("freeze in an email", 2),
    ("freeze in a round", 2),
    ("join and leave", 3),
    ("away", 3),
    ("cut", 2),
    ("cut in the middle", 3),
    ("stall", 2),
    ("smtp", 5),
    ("everything twice", 2),
    ("old events again", 2),
    ("group reset", 2),
)


def _other(kind: str, chance: Random) -> Fault:
    target, shortest, longest = _aim(kind, chance)
    seconds = round(chance.uniform(shortest, longest), 1)
    return Fault(kind, target, seconds, _pause(chance), chance.getrandbits(32))


def _aim(kind: str, chance: Random) -> tuple[str, float, float]:
    targets, shortest, longest = _AIMS.get(kind, (tuple(PROCESSES), 0, 0))
    return chance.choice(targets), shortest, longest


_AIMS: dict[str, tuple[tuple[str, ...], float, float]] = {
    "freeze": ((*OURS, *TWINS), SESSION_SECONDS + 1, SESSION_SECONDS + RELAY_IDLE_SECONDS),
    "freeze in an email": (("notifier-sender",), LEASE_SECONDS + 0.5, LEASE_SECONDS + 2),
    "freeze in a round": (("matcher-rounds",), LEASE_SECONDS + 0.5, LEASE_SECONDS + 2),
    "join and leave": (JOINERS, 4, 8),
    "away": (SERVERS, 3, 8),
    "cut": (DOORS, 0, 0),
    "cut in the middle": (DOORS, 0, 0),
    "stall": (DOORS, 1.5, 9),
    "smtp": (SMTP, 2, 5),
    "old events again": (TOPICS_REPLAYED, 0, 0),
}
"""What each kind may hit, and for how long; the rest: a service, for no time at all."""


def _pause(chance: Random) -> float:
    return round(chance.uniform(0.1, 1.2), 1)
