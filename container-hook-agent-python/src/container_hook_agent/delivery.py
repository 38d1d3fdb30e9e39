"""What became of what was recorded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Delivery:
    """Totals since the agent started. `pending` is in memory and `spooled` on disk, former processes' included.

    `rejected` is the part of `dropped` that the service refused for good; `redacted` counts credentials taken out.
    """

    sent: int
    pending: int
    spooled: int
    dropped: int
    rejected: int
    redacted: int


@dataclass(frozen=True)
class Finalization(Delivery):
    """`finalized` tells whether the service has acknowledged the end of the session."""

    finalized: bool
