"""Ids of events."""

import os
import random
import threading
from collections.abc import Callable

NewId = Callable[[], str]


def create_event_ids(now_ms: Callable[[], int]) -> NewId:
    """Makes UUIDv7 ids (RFC 9562): the time in milliseconds, then a counter, then randomness.

    They sort in the order they were made, also within a millisecond and when the clock steps back.
    """
    bits = random.Random(os.urandom(32)).getrandbits
    lock = threading.RLock()
    last_ms = counter = 0

    def new_id() -> str:
        nonlocal last_ms, counter
        current_ms = now_ms()
        with lock:
            if current_ms > last_ms:
                last_ms, counter = current_ms, 0
            elif counter < 0xFFF:
                counter += 1
            else:
                # A millisecond with more than 4,096 ids borrows from the next one.
                last_ms, counter = last_ms + 1, 0
            head = f"{last_ms:012x}-7{counter:03x}"
        tail = f"{bits(62) | 1 << 63:016x}"
        return f"{head[:8]}-{head[8:]}-{tail[:4]}-{tail[4:]}"

    return new_id
