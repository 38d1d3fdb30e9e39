"""What a record call keeps of its arguments.

`marshal` is the cheapest copy there is: one call in C that runs no code of the host's and cannot be interrupted,
at about a quarter of what `json.dumps` takes. It is only ever read back by the process that wrote it.
"""

import marshal
from typing import Any

from .encode import readable

# The one that writes a value shared by several only once, so that a graph does not unfold.
VERSION = 4


def take(given: Any) -> bytes:
    """Never raises, whatever it is given."""
    try:
        return marshal.dumps(given, VERSION)
    except Exception:
        # An object of the host's: everything is told in words JSON has, which takes longer.
        return marshal.dumps(readable(given), VERSION)


def restore(snapshot: bytes) -> Any:
    return marshal.loads(snapshot)
