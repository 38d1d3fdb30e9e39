"""What the service refused for good, kept with its reason for people to look at."""

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from .event import QueuedEvent
from .session_folder import in_session_folder

MAX_REJECTED_BYTES = 16 * 1024 * 1024


def set_aside(folder: Path, events: Sequence[QueuedEvent], reason: str) -> None:
    head = f'{{"reason":{json.dumps(reason)},"event":'.encode()
    lines = b"".join(head + event.line + b"}\n" for event in events)
    # The warning about the refusal has been given; if this fails there is nowhere to keep the event.
    with contextlib.suppress(OSError):
        file = folder / "rejected.jsonl"
        fd = in_session_folder(folder, lambda: os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        try:
            if os.fstat(fd).st_size < MAX_REJECTED_BYTES:
                os.write(fd, lines)
        finally:
            os.close(fd)
