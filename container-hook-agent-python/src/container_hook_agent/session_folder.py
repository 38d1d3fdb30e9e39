"""The folder of a session in the spool: made by who needs it, removed by who finds it empty."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

# Each time another process has removed the folder in between: it was empty then.
MAX_ATTEMPTS = 10


def in_session_folder(folder: Path, work: Callable[[], T]) -> T:
    """Calls `work` with the folder there, and raises what it raises."""
    for _ in range(MAX_ATTEMPTS - 1):
        folder.mkdir(0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            return work()
    folder.mkdir(0o700, parents=True, exist_ok=True)
    return work()


def remove_if_empty(folder: Path) -> None:
    """What is in use has a lock in it, and what is kept for people a file."""
    with contextlib.suppress(OSError):
        folder.rmdir()
