"""The end of the process, and its copies: what is queued goes to disk, and how it ends stays as it is."""

import atexit
import os
import signal
import sys
import threading
import time
import weakref
from types import FrameType
from typing import Protocol

# The longest the end of the process is held up, of which so much is for putting what is queued on disk.
AT_EXIT_SECONDS = 0.1
LEAST_SPOOL_AT_EXIT_SECONDS = 0.05
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Ending(Protocol):
    def drain_at_exit(self, held: float) -> None:
        """Sends what is queued while the service answers. `held`: so long others have held the end up already."""

    def spool_at_exit(self, budget: float) -> None:
        """Puts what is queued on disk. The process is ending."""

    def begin_anew(self) -> None:
        """This process is a copy of the one that recorded: what is queued is not its own."""


_agents: "weakref.WeakSet[Ending]" = weakref.WeakSet()
_is_set_up = False
_is_spooling = False
_pending_signal: int | None = None


def watch(agent: Ending) -> None:
    """Has `agent` told of the end of the process, however it comes: naturally, by an exception, by SIGTERM."""
    global _is_set_up
    _agents.add(agent)
    _handle_signals()
    if not _is_set_up:
        _is_set_up = True
        atexit.register(_at_exit)
        os.register_at_fork(after_in_child=_after_fork)


def forget(agent: Ending) -> None:
    _agents.discard(agent)


def _at_exit() -> None:
    started = time.monotonic()
    for agent in list(_agents):
        agent.drain_at_exit(time.monotonic() - started)
    _spool(AT_EXIT_SECONDS - (time.monotonic() - started))
    if _pending_signal is not None:
        _end_by(_pending_signal)


def _spool(budget: float = AT_EXIT_SECONDS) -> None:
    global _is_spooling
    _is_spooling = True
    deadline = time.monotonic() + max(LEAST_SPOOL_AT_EXIT_SECONDS, budget)
    for agent in list(_agents):
        agent.spool_at_exit(max(0.0, deadline - time.monotonic()))
    _is_spooling = False


def _handle_signals() -> None:
    """Only those that would end the process at once, without Python noticing: whoever handles one keeps it."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _on_signal)


def _on_signal(number: int, _frame: FrameType | None) -> None:
    global _pending_signal
    if _is_spooling:
        _pending_signal = number
        return
    _spool()
    _end_by(number)


def _end_by(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _after_fork() -> None:
    for agent in list(_agents):
        agent.begin_anew()
    # A child of multiprocessing ends without atexit, and forgets what was registered before it began.
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_agents, _finalize_child)


def _finalize_child(agents: object) -> None:
    util = sys.modules["multiprocessing.util"]
    util.Finalize(agents, _at_exit, exitpriority=0)
