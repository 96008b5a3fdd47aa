"""All that is compiled, compiled ahead: where processes start, and where the image is built."""


def warm_up_everything() -> None:
    """Compile, or load from the cache, what solving and looking ahead run."""
    from services.matcher.look_ahead.warming import warm_up_scenarios  # noqa: PLC0415 — compiled code.
    from services.matcher.solver import warm_up  # noqa: PLC0415 — as above.
    from services.matcher.solver.warming import tiny_instance  # noqa: PLC0415 — as above.

    warm_up()
    warm_up_scenarios(tiny_instance())
