"""The adapter of the contract suite; see container-hook-agent/contract/README.md."""

import json
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from container_hook_agent import HookAgent, HookAgentOptions

clock = 0.0
opened: HookAgent | None = None


def agent() -> HookAgent:
    if opened is None:
        raise RuntimeError("not opened")
    return opened


def open_agent(options: dict[str, Any]) -> None:
    global opened
    given: dict[str, Any] = {"now": lambda: time.time() + clock, "warn": lambda _message: None}
    for name, value in options.items():
        if name == "outbox":
            given |= {_snake(inner): each for inner, each in value.items()}
        elif name == "spool":
            given["max_spool_bytes"] = value["maxBytes"]
        elif name.endswith("Ms"):
            given[_snake(name[:-2])] = value / 1_000
        else:
            given[_snake(name)] = value
    opened = HookAgent(HookAgentOptions(**given))


def record(
    count: int,
    textBytes: int | None = None,
    texts: list[int] | None = None,
    **given: int,
) -> dict[str, float]:
    more: dict[str, Any] = {} if textBytes is None else {"text": "x" * textBytes}
    if texts is not None:
        more["texts"] = ["x" * texts[1]] * texts[0]
    slowest = 0.0
    first = given["from"]
    for n in range(first, first + count):
        started = time.perf_counter()
        agent().log_action({"type": "note", "n": n, **more})
        slowest = max(slowest, time.perf_counter() - started)
    return {"slowestMs": slowest * 1_000}


def strange() -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    at = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=timezone.utc)
    action = {"type": "strange", "cycle": cycle, "big": 12345678901234567890, "at": at, "nan": float("nan")}
    agent().log_action({**action, "bytes": b"abc"})


def durable(n: int) -> str:
    return agent().log_action({"type": "note", "n": n}, durable=True, timeout=60.0)


def invoke(method: str, arguments: list[Any]) -> Any:
    waits = method in ("flush", "close", "finalizeSession", "testConnection")
    given = [each / 1_000 if waits and isinstance(each, int) else each for each in arguments]
    answer = getattr(agent(), _snake(method))(*given)
    return asdict(answer) if waits and method != "testConnection" else answer


def move_clock(byMs: int) -> None:
    global clock
    clock += byMs / 1_000


def leave(code: int) -> None:
    sys.exit(code)


class HostBugError(BaseException):
    """Nothing here catches it."""


def crash() -> None:
    raise HostBugError


CALLS: dict[str, Callable[..., Any]] = {
    "open": open_agent,
    "record": record,
    "strange": strange,
    "durable": durable,
    "invoke": invoke,
    "clock": move_clock,
    "exit": leave,
    "crash": crash,
}


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", name)


def main() -> None:
    for line in sys.stdin:
        call = json.loads(line)
        number = call.pop("id")
        try:
            result: dict[str, Any] = {"answer": CALLS[call.pop("call")](**call)}
        except Exception as error:
            result = {"error": {"name": type(error).__name__, "message": str(error)}}
        os.write(1, (json.dumps({"id": number, **result}) + "\n").encode())


main()
