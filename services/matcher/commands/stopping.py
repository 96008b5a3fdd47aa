"""Ctrl-C and SIGTERM as a wish to end soon, heard from a command's first moment on."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

_stop = threading.Event()


def listen() -> Callable[[], bool]:
    """From now on a signal ends nothing by itself; the function says whether one has come."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _hear)
    return _stop.is_set


def _hear(_: int, __: FrameType | None) -> None:
    _stop.set()
