"""Becomes another program that dies with its parent: `python -I -S tied.py PARENT_PID PROGRAM ARGUMENT...`.

Linux sends the named signal when the parent's thread ends, however it ends; the wish outlives exec. Asked for here,
in a small process of its own, because code between fork and exec in a threaded parent can deadlock.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Tie this process to its parent and become the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        sys.exit("prctl(PR_SET_PDEATHSIG) was refused: " + os.strerror(ctypes.get_errno()))
    if os.getppid() != parent:  # it died before we could ask
        sys.exit(1)
    os.execvp(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
