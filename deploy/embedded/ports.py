"""Ports that nobody uses, and whether somebody answers on one."""

import random
import socket

# Below the range from which Linux serves outgoing connections: nothing takes such a port while its owner restarts.
RANGE = range(20_000, 32_000)
TRIES = 200
_given: set[int] = set()


def free_port() -> int:
    """A port on the loopback address that could be bound just now, and that was not given to anybody here before.

    Whoever asked may not have bound it yet, or may be restarting: of forty ports drawn blindly two are the same in one
    stack of fifteen.
    """
    for port in random.sample(RANGE, TRIES):
        if port in _given:
            continue
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise OSError(f"No free port in {TRIES} tries between {RANGE.start} and {RANGE.stop}.")


def answers(port: int) -> bool:
    """Whether something accepts connections on `port`."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
