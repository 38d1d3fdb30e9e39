"""The files of a spool, in the format all languages share: numbered segments of lines, and `spool.json`."""

import contextlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

CHUNK_BYTES = 256 * 1024
_SEGMENT_NAME = re.compile(r"^(\d{6,})\.jsonl$")
_DOCUMENT_NAME = "spool.json"


@dataclass(frozen=True)
class Producer:
    """What a process has recorded and lost in all, as the service is told with each batch."""

    id: str
    recorded: int
    dropped: int

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "recorded": self.recorded, "dropped": self.dropped}


class Position(NamedTuple):
    segment: int
    offset: int


@dataclass(frozen=True)
class SpoolDocument:
    """`events` is what is unsent; where the process was killed while it wrote, a few more than there are."""

    producer: Producer
    read: Position
    events: int


def segment_path(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.jsonl"


def segments_in(folder: Path) -> list[tuple[int, int]]:
    """Number and bytes of each, oldest first."""
    found = [(_SEGMENT_NAME.match(path.name), path) for path in folder.iterdir()]
    return sorted((int(match[1]), path.stat().st_size) for match, path in found if match)


def read_document(folder: Path) -> SpoolDocument:
    """Where it cannot be read, all segments are unsent, and what the producer recorded in all is not known."""
    try:
        document = json.loads((folder / _DOCUMENT_NAME).read_text("utf8"))
        producer, read = document["producer"], document["read"]
        return SpoolDocument(
            Producer(str(producer["id"]), int(producer["recorded"]), int(producer["dropped"])),
            Position(int(read["segment"]), int(read["offset"])),
            int(document["events"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return SpoolDocument(Producer(folder.name, 0, 0), Position(1, 0), 0)


def write_document(folder: Path, document: SpoolDocument) -> None:
    """By rename, so that a process that is killed leaves the former one."""
    text = json.dumps(
        {
            "producer": document.producer.as_json(),
            "read": document.read._asdict(),
            "events": document.events,
        },
        separators=(",", ":"),
    )
    new = folder / f"{_DOCUMENT_NAME}.new"
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
    new.replace(folder / _DOCUMENT_NAME)


def read_lines(path: Path, offset: int) -> bytes:
    """Whole lines from `offset` on, at least one if there is any: a line that was cut short is none."""
    try:
        with path.open("rb") as file:
            size = CHUNK_BYTES
            while True:
                file.seek(offset)
                chunk = file.read(size)
                end = chunk.rfind(b"\n") + 1
                if end > 0 or len(chunk) < size:
                    return chunk[:end]
                size *= 2
    except OSError:
        return b""


def count_lines(path: Path, offset: int) -> int:
    count = 0
    while lines := read_lines(path, offset):
        count += lines.count(b"\n")
        offset += len(lines)
    return count


def write_whole(fd: int, content: bytes, offset: int) -> None:
    """Raises OSError, having taken back what the disk took."""
    try:
        done = 0
        while done < len(content):
            done += os.pwrite(fd, content[done:], offset + done)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(fd, offset)
        raise
