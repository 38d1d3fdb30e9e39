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

MAX_ANSWER_BYTES = 1024 * 1024
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
        self._sockets: set[socket.socket] = set()
        self._is_closed = False
        self._lock = threading.Lock()
        self._clients = {method: self._create_client() for method in ("GET", "POST")}

    def request(self, method: Method, path: str, body: bytes | None = None) -> Reply:
        deadline = time.monotonic() + self._timeout
        try:
            return self._exchange(method, path, body, deadline)
        except httpx.TimeoutException:
            return NoAnswer(f"no answer within {self._timeout:g} s")
        except Exception as error:
            return NoAnswer(str(error) or type(error).__name__)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            sockets = list(self._sockets)
        for each in sockets:
            # Closing alone would not wake a thread that waits for an answer.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for client in self._clients.values():
            with contextlib.suppress(Exception):
                client.close()

    def _create_client(self) -> httpx.Client:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=60.0)
        # Given one, httpx does not look for a proxy in the environment: the service is beside the agent.
        straight = httpx.HTTPTransport(limits=limits)
        return httpx.Client(timeout=self._timeout, transport=straight, headers={"accept": "application/json"})

    def _exchange(self, method: Method, path: str, body: bytes | None, deadline: float) -> Reply:
        headers = NDJSON if body is not None else {}
        client = self._clients[method]
        extensions = {"trace": self._trace}
        with client.stream(method, self._base + path, content=body, headers=headers, extensions=extensions) as answer:
            content = bytearray()
            for chunk in answer.iter_bytes():
                content += chunk
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer takes too long")
                if len(content) > MAX_ANSWER_BYTES:
                    return NoAnswer("the answer is too long")
            retry_after = parse_retry_after(answer.headers.get("retry-after"), self._now())
            return Answer(answer.status_code, _parse_json(bytes(content)), retry_after)

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        """Keeps hold of the socket, so that `close` can cut a request that hangs."""
        if event != "connection.connect_tcp.complete":
            return
        connected = info["return_value"].get_extra_info("socket")
        with self._lock:
            self._sockets = {each for each in self._sockets if each.fileno() != -1}
            self._sockets.add(connected)
            if self._is_closed:
                connected.shutdown(socket.SHUT_RDWR)


def test_connection(transport: Transport) -> bool:
    """Whether the service can be reached and takes writes."""
    reply = transport.request("GET", "/health/ready")
    return isinstance(reply, Answer) and reply.status == 200


def _parse_json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
