"""Which process a spool belongs to, told the same way in all languages."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

# A zombie has ended; only its parent has not taken notice yet.
_ENDED = {"Z", "X"}


@dataclass(frozen=True)
class Owner:
    """`namespace`: of the pid; `process_start`: tells it from a later one of the same pid; None: not known."""

    pid: int
    host: str
    namespace: str | None
    process_start: str | None


def this_process() -> Owner:
    pid = os.getpid()
    stat = _stat_of(pid)
    return Owner(pid, socket.gethostname(), _pid_namespace(), stat[1] if stat else None)


def write_owner(path: Path, owner: Owner) -> None:
    document = {
        "pid": owner.pid,
        "host": owner.host,
        "namespace": owner.namespace,
        "processStart": owner.process_start,
    }
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(fd, json.dumps(document).encode())
    finally:
        os.close(fd)


def read_owner(path: Path) -> Owner | None:
    try:
        found = json.loads(path.read_text("utf8"))
        return Owner(int(found["pid"]), found["host"], found["namespace"], found["processStart"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_alive(owner: Owner) -> bool | None:
    """None where that cannot be known from here, as of a process in another container."""
    if owner.host != socket.gethostname() or owner.namespace != _pid_namespace():
        return None
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    stat = _stat_of(owner.pid)
    if stat is None:
        return owner.process_start is None
    state, start = stat
    return start == owner.process_start and state not in _ENDED


def _pid_namespace() -> str | None:
    try:
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115
    except OSError:
        return None


def _stat_of(pid: int) -> tuple[str, str] | None:
    """Fields 3 and 22 of /proc/<pid>/stat (proc(5)): the state, and clock ticks from boot to the process's start."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf8", "replace")
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split(" ")
    return fields[0], fields[19]
