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


def end_with_parent() -> None:
    """For `preexec_fn`: this child gets SIGTERM when its parent ends, however it ends."""
    if ON_LINUX:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def bury(pid: int) -> None:
    """Wait for a process to be gone, if it is a child of ours, adopted or own."""
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


def bury_adopted(own: set[int]) -> None:
    """Bury the ended children that are not in `own`, whose end their makers want to learn themselves."""
    if not ON_LINUX:
        return
    for pid in _children() - own:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def working_in(directory: Path) -> set[int]:
    """The processes whose working directory this is: PostgreSQL's all work in their data."""
    return {int(process.name) for process in Path("/proc").glob("[0-9]*") if _cwd(process) == directory}


def _cwd(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:  # gone meanwhile, defunct, or not ours to see
        return None


def _children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}
