"""Random cuts of the public instances: small enough to prove, and nobody has tuned anything to them."""

import random
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from services.matcher.files import read_instance
from services.matcher.instance import Instance

INSTANCES = Path(__file__).parents[2] / "bench" / "instances"
SCARCE, BALANCED, PLACEMENTS = "p12_hub_scarce", "p11_hub_balanced", "p13_hub_placements"
VILLAGE, MIDYEAR = "p01_village", "p02_village_midyear"


def public(name: str) -> Instance:
    """A public instance."""
    return read_instance(INSTANCES / f"{name}.json.gz")


def cut(name: str, schools: int, offers: int, seed: int) -> Instance:
    """So many schools and offers of a public instance."""
    whole, luck = public(name), random.Random(seed)
    near = {s.id for s in luck.sample(whole.schools, schools)}
    kept = {o.id for o in luck.sample(whole.offers, offers)}
    return _of(whole, kept, {r.id for r in whole.requests if r.school in near})


def thinned(name: str, first: int, every: int = 7) -> Instance:
    """A public instance without every so-manieth request."""
    whole = public(name)
    kept = {r.id for n, r in enumerate(whole.requests) if n % every != first}
    return _of(whole, {o.id for o in whole.offers}, kept)


def _of(whole: Instance, offers: Collection[str], requests: Collection[str]) -> Instance:
    return replace(
        whole,
        offers=tuple(o for o in whole.offers if o.id in offers),
        requests=tuple(r for r in whole.requests if r.id in requests),
        existing=tuple(e for e in whole.existing if e.offer in offers and e.request in requests),
    )
