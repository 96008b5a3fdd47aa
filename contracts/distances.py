"""Distances as people in England say them: the data is in kilometres, what they read is in miles."""

_KM_PER_MILE = 1.609344


def miles(km: float) -> str:
    """As in "about 5 miles"; nothing below one."""
    rounded = round(km / _KM_PER_MILE)
    if rounded < 1:
        return "less than a mile"
    return "about a mile" if rounded == 1 else f"about {rounded} miles"
