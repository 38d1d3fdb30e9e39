"""Tells the host of trouble, once of each kind: a recorder in trouble must not fill its host's log."""

import logging
import threading
from collections.abc import Callable

Warn = Callable[[str], None]

_logger = logging.getLogger("container_hook_agent")


class WarnOnce:
    """Never raises."""

    def __init__(self, warn: Warn | None = None) -> None:
        self._warn = warn or _logger.warning
        self._told: set[str] = set()
        self._lock = threading.RLock()

    def __call__(self, subject: str, message: str) -> None:
        """`subject` tells one kind of trouble from another."""
        with self._lock:
            if subject in self._told:
                return
            self._told.add(subject)
        try:
            self._warn(message)
        except Exception:
            # The host's own function failed; there is nobody left to tell.
            return
