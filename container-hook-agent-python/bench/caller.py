"""What an agent's process pays for the hook agent. See bench/hook/caller.mjs for the tasks and the results."""

import json
import math
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from container_hook_agent import HookAgent, HookAgentOptions

RECORDS_PER_TURN = 10
MEMORY_RECORDS_PER_TURN = 200
LOOK_EVERY = 10_000
EVENT_BYTES = 300
PAGE = resource.getpagesize()

BARE = {
    "type": "tool_call",
    "agentId": "agent-researcher-1",
    "toolUseId": "toolu_01A09q90qw90lq917835lq9",
    "tool": "read_file",
    "input": {"path": "/workspace/src/index.ts"},
    "output": "",
}
ACTION = json.dumps({**BARE, "output": "x" * (EVENT_BYTES - len(json.dumps(BARE, separators=(",", ":"))))})

agent = HookAgent(HookAgentOptions(request_timeout=2.0, warn=lambda _message: None))


def make_action() -> dict[str, Any]:
    """What a caller has: an object of its own, as its program made it."""
    action: dict[str, Any] = json.loads(ACTION)
    return action


def print_line(result: dict[str, Any]) -> None:
    os.write(1, (json.dumps(result) + "\n").encode())


def quantile(samples: list[float], at: float) -> float:
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(at * len(ordered)) - 1))]


def cost(count: int) -> None:
    """The three in turn, a few at a time with a pause in between, so that all meet the same caches and the work the
    agent does in the background.
    """
    kept: list[dict[str, Any]] = []
    calls: dict[str, Callable[[dict[str, Any]], object]] = {
        "append": kept.append,
        "stringify": json.dumps,
        "record": agent.log_action,
    }
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for done in range(-count, count, RECORDS_PER_TURN):
        for name, call in calls.items():
            for _ in range(RECORDS_PER_TURN):
                action = make_action()
                started = time.perf_counter()
                call(action)
                microseconds = (time.perf_counter() - started) * 1_000_000
                # The first half is for the caches.
                if done >= 0:
                    samples[name].append(microseconds)
        time.sleep(0.001)
    print_line(
        {
            name: {"p50": quantile(taken, 0.5), "p99": quantile(taken, 0.99), "max": quantile(taken, 1)}
            for name, taken in samples.items()
        }
    )


def memory(count: int) -> None:
    """The resident memory with everything recorded and nothing sent, and the most on the way there."""
    before = most = _resident_bytes()
    for done in range(0, count, MEMORY_RECORDS_PER_TURN):
        for _ in range(MEMORY_RECORDS_PER_TURN):
            agent.log_action(make_action())
        time.sleep(0)
        if done % LOOK_EVERY == 0:
            most = max(most, _resident_bytes())
    delivery = agent.flush(0.5)
    print_line(
        {
            "grownBytes": _resident_bytes() - before,
            "mostBytes": most - before,
            "pending": delivery.pending,
            "spooled": delivery.spooled,
            "dropped": delivery.dropped,
        }
    )


def leave(count: int) -> None:
    """The program is done; what comes until the process has ended is the agent's."""
    for _ in range(count):
        agent.log_action(make_action())
    print_line({"done": time.time() * 1_000})


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    {"cost": cost, "memory": memory, "exit": leave}[task["task"]](task["count"])
