"""The way to the service. Tests and other networks put their own here."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

import httpx

from .retry_delay import Answer, NoAnswer, Reply, parse_retry_after
from .waiting import seconds

MAX_ANSWER_BYTES = 1024 * 1024
# Of what httpcore tells: a socket that is there, and the one that encrypts in its place.
_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")
NDJSON = {"content-type": "application/x-ndjson"}

Method = Literal["GET", "POST"]


class Transport(Protocol):
    def request(self, method: Method, path: str, body: bytes | None = None) -> Reply:
        """`path` is below the service's address, `body` lines of JSON. Never raises."""

    def close(self) -> None:
        """Cuts what is in flight, whose requests then answer with a failure."""


class HttpTransport:
    """HTTP over kept connections of its own, one in each direction: a reader never waits behind a batch.

    Raises httpx.InvalidURL or ValueError where `service_url` is no address of HTTP.
    """

    def __init__(self, service_url: str, request_timeout: float, now: Callable[[], float] = time.time) -> None:
        url = httpx.URL(service_url)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(service_url)
        self._base = str(url).rstrip("/")
        self._timeout = request_timeout
        self._now = now
        self._sockets: dict[Method, socket.socket] = {}
        self._is_closed = False
        self._lock = threading.Lock()
        self._clients: dict[Method, httpx.Client] = {"GET": self._create_client(), "POST": self._create_client()}

    def request(self, method: Method, path: str, body: bytes | None = None) -> Reply:
        deadline = _Deadline(self._timeout, lambda: self._cut(method))
        try:
            return self._exchange(method, path, body, deadline)
        except Exception as error:
            if deadline.is_over or isinstance(error, httpx.TimeoutException):
                return NoAnswer(f"no answer within {self._timeout:g} s")
            return NoAnswer(str(error) or type(error).__name__)
        finally:
            deadline.forget()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
        for method, client in self._clients.items():
            self._cut(method)
            with contextlib.suppress(Exception):
                client.close()

    def _cut(self, method: Method) -> None:
        with self._lock:
            connected = self._sockets.get(method)
        # Closing alone would not wake a thread that waits for an answer.
        with contextlib.suppress(OSError):
            if connected is not None:
                connected.shutdown(socket.SHUT_RDWR)

    def _create_client(self) -> httpx.Client:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=60.0)
        # Given one, httpx does not look for a proxy in the environment: the service is beside the agent.
        straight = httpx.HTTPTransport(limits=limits)
        return httpx.Client(timeout=self._timeout, transport=straight, headers={"accept": "application/json"})

    def _exchange(self, method: Method, path: str, body: bytes | None, deadline: "_Deadline") -> Reply:
        headers = NDJSON if body is not None else {}
        client = self._clients[method]

        def trace(event: str, info: dict[str, Any]) -> None:
            if event in _CONNECTED:
                self._hold(method, info["return_value"].get_extra_info("socket"), deadline)

        extensions = {"trace": trace}
        with client.stream(method, self._base + path, content=body, headers=headers, extensions=extensions) as answer:
            content = bytearray()
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > MAX_ANSWER_BYTES:
                    return NoAnswer("the answer is too long")
            if deadline.is_over:
                # What was cut may look like a whole answer.
                raise httpx.ReadTimeout("the answer takes too long")
            retry_after = parse_retry_after(answer.headers.get("retry-after"), self._now())
            return Answer(answer.status_code, _parse_json(bytes(content)), retry_after)

    def _hold(self, method: Method, connected: socket.socket, deadline: "_Deadline") -> None:
        """So that a request that hangs can be cut."""
        with self._lock:
            self._sockets[method] = connected
            is_unwanted = self._is_closed
        if is_unwanted or deadline.is_over:
            self._cut(method)


class _Deadline:
    """Of a whole request: httpx has one for each of its parts, and begins anew with every byte that comes."""

    def __init__(self, timeout: float, cut: Callable[[], None]) -> None:
        self._ends_at = time.monotonic() + timeout
        self._timer = threading.Timer(seconds(timeout), cut)
        self._timer.daemon = True
        # Where the interpreter is ending and starts no more threads, it holds up the end no longer than others do.
        with contextlib.suppress(RuntimeError):
            self._timer.start()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def forget(self) -> None:
        self._timer.cancel()


def test_connection(transport: Transport) -> bool:
    """Whether the service can be reached and takes writes."""
    reply = transport.request("GET", "/health/ready")
    return isinstance(reply, Answer) and reply.status == 200


def _parse_json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
