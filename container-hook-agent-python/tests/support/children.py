"""Processes that record."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOAD = """
import os, signal, sys, threading, time
from container_hook_agent import HookAgent, HookAgentOptions, hook_agent

def record(count, start=0):
    for i in range(start, start + count):
        hook_agent.log_action({"type": "note", "i": i})

"""


# A process that has not ended after so many seconds is held: well before a request's own 30 are over.
HELD = 25.0


@dataclass(frozen=True)
class Ended:
    """`code` is negative where a signal ended it."""

    code: int
    stdout: str
    stderr: str


def run_script(script: str, url: str, spool: Path, send: signal.Signals | None = None) -> Ended:
    """`send`: once the script has printed "ready"."""
    env = {
        "PATH": os.environ["PATH"],
        "SESSION_SERVICE_URL": url,
        "SESSION_ID": "s1",
        "SESSION_SPOOL_DIR": str(spool),
    }
    child = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", LOAD + script],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        first = child.stdout.readline() if send is not None else ""
        if send is not None:
            assert first == "ready\n", child.communicate()
            child.send_signal(send)
        try:
            stdout, stderr = child.communicate(timeout=HELD)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
    return Ended(child.returncode, first + stdout, stderr)
