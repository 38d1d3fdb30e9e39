"""What a final refusal is about."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .retry_delay import Answer

# Refusals that sending less would not change.
_BATCH_CODES = frozenset(
    {
        "unauthenticated",
        "forbidden",
        "route_not_found",
        "method_not_allowed",
        "unsupported_media_type",
        "session_closed",
    }
)
# The session exists though it was to be created, or does not though it was taken for created.
_CREATION_CODES = frozenset({"session_exists", "session_not_found"})
# Statuses of the contract that can be about one event; any other without a known code is about the request.
_EVENT_STATUSES = frozenset({400, 409, 413, 422})

_EVENT_PATH = re.compile(r"^events\.(\d+)(\.|$)")
_BATCH_PATH = re.compile(r"^(batch|create|producer)\b")


class About(Enum):
    CREATION = "creation"
    BATCH = "batch"
    EVENTS = "events"
    UNNAMED_EVENTS = "unnamed-events"


@dataclass(frozen=True)
class Refusal:
    about: About
    positions: frozenset[int] = frozenset()


def classify_refusal(answer: Answer, batch_size: int) -> Refusal:
    problem = _problem_of(answer)
    code = problem.get("code")
    if code in _CREATION_CODES:
        return Refusal(About.CREATION)
    if code in _BATCH_CODES:
        return Refusal(About.BATCH)
    paths = [issue["path"] for issue in problem["errors"]]
    named = [int(match[1]) for path in paths if (match := _EVENT_PATH.match(path))]
    positions = frozenset(position for position in named if position < batch_size)
    if positions:
        return Refusal(About.EVENTS, positions)
    if any(_BATCH_PATH.match(path) for path in paths):
        return Refusal(About.BATCH)
    is_about_events = answer.status in _EVENT_STATUSES or str(code).endswith("_not_found")
    return Refusal(About.UNNAMED_EVENTS if is_about_events else About.BATCH)


def describe_refusal(answer: Answer) -> str:
    """For people: the status, and what the problem document adds to it."""
    problem = _problem_of(answer)
    first = problem["errors"][0] if problem["errors"] else None
    where = f"{first['path']}: {first.get('message')}" if first else None
    parts = (str(answer.status), problem.get("code"), problem.get("detail"), where)
    return ", ".join(part for part in parts if part)


def _problem_of(answer: Answer) -> dict[str, Any]:
    """What can be used of a body that claims to be a problem document; a proxy's page gives nothing."""
    body = answer.body if isinstance(answer.body, dict) else {}
    issues = body.get("errors")
    errors = [
        issue
        for issue in (issues if isinstance(issues, list) else [])
        if isinstance(issue, dict) and isinstance(issue.get("path"), str)
    ]
    texts = {name: body[name] for name in ("code", "detail") if isinstance(body.get(name), str)}
    return {**texts, "errors": errors}
