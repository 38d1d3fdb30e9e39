"""An event as a line of the batch and of the spool."""

import json
import re

# The envelope as this library and its siblings write it: the type, the id, and the data last.
_ENVELOPE = re.compile(rb'^\{"type":"([a-z_]+)","id":("(?:[^"\\]|\\.)*")')
_FINALIZES = b'{"type":"session_finalized"'


def envelope(event_type: str, event_id: str) -> str:
    return f'{{"type":"{event_type}","id":{json.dumps(event_id)},"data":'


def id_of(line: bytes) -> str | None:
    """The id in the event's line, or None where another hand wrote it."""
    found = _ENVELOPE.match(line)
    return None if found is None else str(json.loads(found[2]))


def ends_session(line: bytes) -> bool:
    """Whether nothing may follow it in its batch."""
    return line.startswith(_FINALIZES)
