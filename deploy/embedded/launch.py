"""Becomes the program it is given, having arranged that it dies with its parent.

`python -I -S launch.py PARENT_PID USER|- PROGRAM ARGUMENTS…`. A program of its own because code between fork and exec
in the parent can deadlock there, and because the promise is lost when a process changes its user: it is made last.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def become(user: str) -> None:
    """Give up every right but those of `user`."""
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends, however it ends."""
    if not sys.platform.startswith("linux"):
        return
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # It was gone before the promise was made.
        sys.exit("The supervisor has ended already.")


def main() -> None:
    parent, user, program = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if user != "-":
        become(user)
    die_with(parent)
    try:
        os.execvp(program[0], program)
    except OSError as refused:
        sys.exit(f"{program[0]} cannot be started: {refused.strerror}")


if __name__ == "__main__":
    main()
