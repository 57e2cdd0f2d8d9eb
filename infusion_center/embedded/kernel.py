"""What the Linux kernel does for those who start servers; on another system these do nothing.

A supervisor adopts what its children leave behind, so that nothing stays as a defunct process where
process 1 buries nobody (containers), and its children are told when it is killed.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

ON_LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def adopt_orphans() -> None:
    """From now on, descendants that lose their parent become this process's children."""
    if ON_LINUX:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent(how: signal.Signals = signal.SIGTERM) -> None:
    """For a child just forked (`preexec_fn`): it gets this signal when its parent ends, however it ends."""
    if ON_LINUX:
        LIBC.prctl(PR_SET_PDEATHSIG, how)


def bury(pid: int) -> None:
    """Wait for a process to be gone, if it is a child of ours, adopted or own."""
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def bury_adopted(own: set[int]) -> None:
    """Bury the ended children that are not in `own`, whose end their makers want to learn themselves."""
    with suppress(ChildProcessError):
        while ON_LINUX and (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
            if ended.si_pid in own:
                break
            os.waitpid(ended.si_pid, 0)


def command_lines() -> dict[int, list[str]]:
    """The words of every living process; none for a defunct one. They may be read without any privilege."""
    lines = {int(process.name): _words(process / "cmdline") for process in Path("/proc").glob("[0-9]*")}
    return {pid: words for pid, words in lines.items() if words}


def _words(cmdline: Path) -> list[str]:
    with suppress(OSError):  # gone meanwhile
        return cmdline.read_text(errors="replace").rstrip("\0").split("\0")
    return []
