"""Which district an offer's place is in: as the file's `meta` says, else the square of a tenth of a degree. Pure."""

from collections.abc import Mapping

from services.matcher.instance import Instance, Offer

ONLINE = "online"


def district_of(instance: Instance, offer: Offer) -> str:
    """By `meta.districts` (employer's id to name), else latitude and longitude to a tenth; `online` if virtual."""
    if offer.mode == "virtual":
        return ONLINE
    named = instance.meta.get("districts")
    if isinstance(named, Mapping) and isinstance(found := named.get(offer.employer), str):
        return found
    return f"{offer.lat:.1f},{offer.lon:.1f}"
