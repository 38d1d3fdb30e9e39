"""When a request is repeated: no clock, no network."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any

FIRST_BACKOFF = 0.25
MAX_BACKOFF = 30.0
# A longer Retry-After is taken for a mistake: an agent that lives for hours must not fall silent for a day.
MAX_RETRY_AFTER = 300.0
DOUBLINGS = 7


@dataclass(frozen=True)
class Answer:
    """`body` is the parsed JSON, or None where it was none; `retry_after`: seconds to be left alone."""

    status: int
    body: Any = None
    retry_after: float | None = None


@dataclass(frozen=True)
class NoAnswer:
    failure: str


Reply = Answer | NoAnswer


def retry_delay(attempt: int, reply: Reply, random: Callable[[], float]) -> float | None:
    """Seconds before the next attempt, or None when repeating the request cannot help.

    Full jitter, so that the agents of a service that comes back do not all call at once.
    """
    asked = 0.0
    if isinstance(reply, Answer):
        if 400 <= reply.status < 500 and reply.status not in (408, 429):
            return None
        asked = reply.retry_after or 0.0
    backoff = random() * min(MAX_BACKOFF, FIRST_BACKOFF * (1 << min(attempt, DOUBLINGS)))
    return max(backoff, min(asked, MAX_RETRY_AFTER))


def parse_retry_after(header: str | None, now: float) -> float | None:
    """A number of seconds or an HTTP date; anything else says nothing."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
        return max(0.0, at.timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
