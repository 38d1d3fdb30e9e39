"""A service that keeps what it is sent, and answers as it is told to."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    path: str
    header: dict[str, Any]
    events: list[Event]


@dataclass(frozen=True)
class Say:
    """An answer other than that all is well."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


# Of a batch and its number: None lets it through, "hang" never answers.
Fault = Callable[[Batch, int], "Say | str | None"]


class RecordingService:
    def __init__(self, fault: Fault | None = None, port: int = 0) -> None:
        self.batches: list[Batch] = []
        self.stored: list[Event] = []
        self.fault = fault
        self.released = threading.Event()
        self._ids: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def numbers(self) -> list[int]:
        return [event["data"]["i"] for event in self.stored]

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, path: str, body: bytes) -> "Say | str":
        header, *lines = [json.loads(line) for line in body.splitlines()]
        batch = Batch(path, header["batch"], lines)
        with self._lock:
            number = len(self.batches)
            self.batches.append(batch)
        said = self.fault(batch, number) if self.fault else None
        if said == "hang":
            self.released.wait(30)
        elif said is not None:
            return said
        with self._lock:
            fresh = [event for event in lines if event["id"] not in self._ids]
            self._ids.update(event["id"] for event in fresh)
            self.stored.extend(fresh)
        return Say(200, {"success": True, "stored": len(fresh)})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self._answer(service.take(self.path, body))

            def do_GET(self) -> None:
                self._answer(Say(200))

            def _answer(self, said: "Say | str") -> None:
                answer = said if isinstance(said, Say) else Say(500)
                content = json.dumps(answer.body).encode()
                try:
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle()

            def log_message(self, *_given: object) -> None:
                return

        return Handler


@contextmanager
def recording_service(fault: Fault | None = None, port: int = 0) -> Iterator[RecordingService]:
    service = RecordingService(fault, port)
    try:
        yield service
    finally:
        service.close()
