"""How the supervisor hears that it should go: as an unwinding of its stack, never in the middle of tidying up."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


def leave_on_sigterm() -> Callable[[], object]:
    """Have SIGTERM unwind the stack as Ctrl-C does, unless the program has plans of its own; return the way back."""
    if not _is_main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return lambda: None
    signal.signal(signal.SIGTERM, _leave)
    return lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the block is done, and then forget them."""
    if not _is_main_thread():
        yield
        return
    before = {signum: signal.signal(signum, signal.SIG_IGN) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for signum, deal in before.items():
            signal.signal(signum, deal)


def _leave(_signum: int, _frame: FrameType | None) -> None:
    # Not SystemExit: pytest would take that for one test's failure, and go on.
    raise KeyboardInterrupt


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
