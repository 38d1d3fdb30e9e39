import contextlib
import random
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from container_hook_agent import HookAgent, HookAgentOptions
from support.recording_service import Fault, RecordingService, recording_service
from support.storage_service import StorageService, storage_service

# Seconds, for what is there in a moment, on a machine that may be slow.
PATIENCE = 60.0

StartService = Callable[..., RecordingService]
MakeAgent = Callable[..., HookAgent]


@pytest.fixture
def service() -> Iterator[StartService]:
    """Starts services that keep what they are sent."""
    with contextlib.ExitStack() as stack:

        def start(fault: Fault | None = None, port: int = 0) -> RecordingService:
            return stack.enter_context(recording_service(fault, port))

        yield start


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[MakeAgent]:
    """Makes agents of one session that are let go of in the end; what they warn of is in `warnings`."""
    made: list[HookAgent] = []

    def make(url: str, **given: Any) -> HookAgent:
        options: dict[str, Any] = {"spool": tmp_path / "spool", "session_id": "s1", "user_id": "u1", **given}
        options.setdefault("warn", lambda message: None)
        hook = HookAgent(HookAgentOptions(service_url=url, **options), env={})
        made.append(hook)
        return hook

    yield make
    for hook in made:
        hook.close(0)


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageService]:
    with storage_service(tmp_path_factory.mktemp("storage")) as service:
        yield service


def record(hook: HookAgent, count: int, start: int = 0) -> None:
    for i in range(start, start + count):
        hook.log_action({"type": "note", "i": i})


def free_port() -> int:
    """A port nothing listens on, below those the system gives out to whoever connects or listens meanwhile."""
    while True:
        port = random.randrange(16_384, 32_768)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def away() -> str:
    """Where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)
