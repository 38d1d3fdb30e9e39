import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from conftest import PATIENCE, MakeAgent, StartService, away, free_port, record, until
from container_hook_agent import Answer, HookAgent, NoAnswer, NodeOptions, NotStored
from container_hook_agent.transport import HttpTransport
from support.recording_service import Batch, Say


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


# Far longer than a request may take.
TRICKLES = 20.0


@contextmanager
def trickling(begun: bytes, drop: bytes) -> Iterator[str]:
    """A server whose answers never end: it says `begun`, and then `drop` again and again."""
    is_over = threading.Event()

    def answer(connected: socket.socket) -> None:
        with connected, contextlib.suppress(OSError):
            connected.sendall(begun)
            ends_at = time.monotonic() + TRICKLES
            while time.monotonic() < ends_at and not is_over.wait(0.05):
                connected.sendall(drop)

    def accept(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        is_over.set()
        listening.shutdown(socket.SHUT_RDWR)


def refuse_the_seventh(batch: Batch, _number: int) -> Say | None:
    bad = next((at for at, event in enumerate(batch.events) if event["data"]["i"] == 7), None)
    if bad is None:
        return None
    return Say(400, {"code": "invalid_request", "errors": [{"path": f"events.{bad}.data", "message": "is bad"}]})


def test_records_arrive_in_order_in_few_requests_with_totals(service: StartService, agent: MakeAgent) -> None:
    well = service()
    hook = agent(well.url, session={"name": "n", "initial": {"at": 1j}})
    record(hook, 3_000)
    delivery = hook.flush(PATIENCE)
    assert (delivery.sent, delivery.pending, delivery.dropped) == (3_000, 0, 0)
    assert well.numbers() == list(range(3_000))
    assert len(well.batches) <= 10
    first = well.batches[0]
    assert first.path == "/api/sessions/s1/batch"
    assert first.header["create"] == {"userId": "u1", "name": "n", "initial": {"at": "1j"}}
    assert {event["type"] for event in well.stored} == {"action"}
    assert well.batches[-1].header["producer"]["recorded"] == 3_000


def test_what_cannot_be_sent_is_on_disk_soon_and_sent_in_order_later(
    service: StartService, agent: MakeAgent, tmp_path: Path
) -> None:
    port = free_port()
    hook = agent(f"http://127.0.0.1:{port}")
    record(hook, 2_500)
    until(lambda: (hook.flush(0.1).pending, hook.flush(0).spooled) == (0, 2_500))
    assert hook.flush(0).sent == 0
    record(hook, 10, 2_500)
    well = service(port=port)
    assert hook.flush(PATIENCE).sent == 2_510
    assert well.numbers() == list(range(2_510))
    hook.close()
    assert files_in(tmp_path / "spool") == []


def test_a_batch_that_hangs_is_on_disk_and_not_sent_twice_when_it_is_answered(
    service: StartService, agent: MakeAgent
) -> None:
    slow = service(lambda _batch, number: "hang" if number == 0 else None)
    hook = agent(slow.url)
    record(hook, 30)
    until(lambda: hook.flush(0.1).spooled == 30)
    record(hook, 5, 30)
    slow.released.set()
    assert hook.flush(PATIENCE).sent == 35
    assert len(slow.batches) == 2


def test_the_oldest_on_disk_go_where_there_is_no_room_and_are_counted(service: StartService, agent: MakeAgent) -> None:
    port = free_port()
    # All of them fit in memory: what is given up is given up on disk, however long that is in coming.
    hook = agent(f"http://127.0.0.1:{port}", max_spool_bytes=400_000)
    record(hook, 6_000)
    until(lambda: hook.flush(0.1).pending == 0)
    delivery = hook.flush(0)
    assert delivery.dropped > 1_000
    assert delivery.dropped + delivery.pending + delivery.spooled == 6_000
    well = service(port=port)
    hook.flush(PATIENCE)
    assert well.numbers()[-1] == 5_999
    assert well.batches[-1].header["producer"]["dropped"] == delivery.dropped == 6_000 - len(well.stored)


def test_a_full_outbox_without_a_disk_drops_at_once(agent: MakeAgent) -> None:
    warnings: list[str] = []
    hook = agent(away(), spool=False, max_events=10, warn=warnings.append)
    record(hook, 1_000)
    assert (hook.flush(0).dropped, hook.flush(0).pending) == (990, 10)
    assert any("dropped" in warning for warning in warnings)


def test_a_disk_that_takes_nothing_does_not_hold_up_the_caller(agent: MakeAgent, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    hook = agent(away(), spool=tmp_path / "file", max_events=50)
    record(hook, 5_000)
    until(lambda: (hook.flush(0.1).pending, hook.flush(0).dropped) == (50, 4_950))


def test_an_event_larger_than_the_outbox_is_cut_and_kept(service: StartService, agent: MakeAgent) -> None:
    well = service()
    hook = agent(well.url, max_bytes=1_000_000)
    hook.log_action({"type": "note", "text": "x" * 3_000_000})
    assert hook.flush(PATIENCE).sent == 1
    assert "[truncated: 3000000 bytes" in well.stored[0]["data"]["text"]


@pytest.mark.parametrize("start", ["memory", "disk"])
def test_only_what_the_service_refuses_is_set_aside(
    start: str, service: StartService, agent: MakeAgent, tmp_path: Path
) -> None:
    strict = service(refuse_the_seventh)
    first = agent(strict.url if start == "memory" else away())
    record(first, 20)
    first.close(PATIENCE if start == "memory" else 0)
    agent(strict.url)
    until(lambda: len(strict.stored) == 19)
    aside = json.loads((tmp_path / "spool" / "s1" / "rejected.jsonl").read_text())
    assert "is bad" in aside["reason"]
    assert aside["event"]["data"]["i"] == 7


def test_an_unnamed_bad_event_is_found_by_sending_less(service: StartService, agent: MakeAgent) -> None:
    def refuse(batch: Batch, _number: int) -> Say | None:
        return Say(413) if any(event["data"]["i"] == 7 for event in batch.events) else None

    picky = service(refuse)
    hook = agent(picky.url)
    record(hook, 40)
    delivery = hook.flush(PATIENCE)
    assert (delivery.sent, delivery.rejected, delivery.dropped) == (39, 1, 1)
    assert picky.batches[-1].header["producer"]["recorded"] == 40


def test_retry_after_is_followed_though_someone_waits(service: StartService, agent: MakeAgent) -> None:
    busy = service(lambda _batch, number: Say(429, headers={"retry-after": "2"}) if number == 0 else None)
    hook = agent(busy.url)
    record(hook, 3)
    assert hook.flush(0.3).sent == 0
    assert hook.flush(PATIENCE).sent == 3
    assert len(busy.batches) == 2


def test_a_session_that_exists_already_is_not_created_again(service: StartService, agent: MakeAgent) -> None:
    def refuse(batch: Batch, _number: int) -> Say | None:
        return Say(409, {"code": "session_exists"}) if "create" in batch.header else None

    well = service(refuse)
    hook = agent(well.url)
    record(hook, 3)
    assert hook.flush(PATIENCE).sent == 3


def test_a_durable_record_waits_and_tells_of_failure(service: StartService, agent: MakeAgent) -> None:
    strict = service(refuse_the_seventh)
    hook = agent(strict.url)
    assert hook.log_action({"type": "note", "i": 1, "id": "mine"}, durable=True) == "mine"
    assert strict.numbers() == [1]
    with pytest.raises(NotStored, match="is bad") as refused:
        hook.log_action({"type": "note", "i": 7}, durable=True)
    assert not refused.value.is_queued
    hook.close()
    with pytest.raises(NotStored, match="closed"):
        hook.log_action({"type": "note", "i": 8}, durable=True)


def test_a_durable_record_that_is_not_answered_is_still_queued(agent: MakeAgent) -> None:
    with pytest.raises(NotStored, match="no answer within") as late:
        agent(away()).log_action({"type": "note"}, durable=True, timeout=0.3)
    assert late.value.is_queued


def test_a_durable_record_is_answered_from_disk_as_well(service: StartService, agent: MakeAgent) -> None:
    port = free_port()
    hook = agent(f"http://127.0.0.1:{port}")
    timer = threading.Timer(0.8, lambda: service(port=port))
    timer.start()
    assert hook.log_action({"type": "note", "i": 1}, durable=True, timeout=PATIENCE)
    timer.join()


def test_the_end_is_recorded_once_and_followed_by_what_comes_after(service: StartService, agent: MakeAgent) -> None:
    well = service()
    hook = agent(well.url)
    record(hook, 2)
    assert hook.finalize_session({"status": "success"}).finalized
    assert hook.finalize_session({"status": "success"}).finalized
    record(hook, 1, 2)
    hook.flush(PATIENCE)
    assert [event["type"] for event in well.stored] == ["action", "action", "session_finalized", "action"]


def test_the_service_hears_that_the_process_lives(service: StartService, agent: MakeAgent) -> None:
    well = service()
    hook = agent(well.url, heartbeat=0.1)
    record(hook, 1)
    until(lambda: len(well.batches) >= 3)
    assert well.batches[-1].events == []
    assert well.batches[-1].header["producer"]["recorded"] == 1


def test_without_an_address_nothing_is_recorded_and_nothing_breaks(agent: MakeAgent) -> None:
    warnings: list[str] = []
    for url in ("", "no address"):
        hook = agent(url, warn=warnings.append)
        assert hook.log_action({"type": "note"})
        assert not hook.test_connection()
        assert not hook.finalize_session().finalized
    assert len(warnings) == 2
    assert all("nothing is recorded" in warning for warning in warnings)


def test_the_connection_is_tested_for_as_long_as_asked(service: StartService, agent: MakeAgent) -> None:
    well = service()
    assert agent(well.url).test_connection()
    assert not agent(away()).test_connection()


class Undecided:
    """As arrays are."""

    def __bool__(self) -> bool:
        raise ValueError("the truth value is ambiguous")

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = None  # type: ignore[assignment]


def test_nothing_a_caller_gives_breaks_it(service: StartService, agent: MakeAgent) -> None:
    well = service()
    hook = agent(well.url)
    odd: Any
    for odd in (None, 1, "text", [1], object(), {"id": 5}, {"id": "x" * 500}, {1: 2}, Undecided()):
        assert hook.log_action(odd)
        assert hook.log_response(odd)
        assert hook.update_state(odd)
        assert hook.add_goal(odd)
        assert hook.update_goal(odd, odd)
        assert hook.spawn_agent(odd)
        assert hook.complete_agent(odd, odd)
        assert hook.complete_run("r", odd)
        assert hook.complete_run("r", {"status": odd, "error": odd})
        assert hook.node(odd, lambda: 7, NodeOptions(run_id=hook.start_run(odd))) == 7
    assert hook.finalize_session(Undecided(), PATIENCE).sent == 9 * 12 + 1  # type: ignore[arg-type]


@pytest.mark.parametrize("clock", [lambda: float("nan"), lambda: 1e300, lambda: 1 / 0], ids=["nan", "far", "fails"])
def test_a_broken_clock_breaks_nothing(clock: Callable[[], float], service: StartService, agent: MakeAgent) -> None:
    well = service()
    hook = agent(well.url, now=clock)
    assert hook.node("step", lambda: 7, NodeOptions(run_id=hook.start_run())) == 7
    assert hook.flush(PATIENCE).sent == 3


def test_the_session_is_made_without_credentials_and_with_long_strings_cut(
    service: StartService, agent: MakeAgent
) -> None:
    well = service()
    password = "postgres://app:hunter2@db/app"
    initial = {"password": password, "task": f"use {password}", "page": "x" * 5_000}
    hook = agent(well.url, user_id=password, max_string_bytes=1_000, session={"name": password, "initial": initial})
    record(hook, 1)
    assert hook.flush(PATIENCE).redacted == 3
    created = well.batches[0].header["create"]
    redacted = "postgres://app:[redacted:url-password]@db/app"
    assert (created["userId"], created["name"]) == (password, redacted)
    assert created["initial"]["password"] == "[redacted:password]"
    assert created["initial"]["task"] == f"use {redacted}"
    assert "[truncated: 5000 bytes, sha256 " in created["initial"]["page"]


@pytest.mark.parametrize("timeout", [float("inf"), float("nan"), -1.0])
def test_any_number_is_a_time_to_wait(timeout: float, service: StartService, agent: MakeAgent) -> None:
    hook = agent(service().url)
    record(hook, 1)
    if timeout > 0:
        assert hook.log_action({"type": "note"}, durable=True, timeout=timeout)
        assert hook.test_connection(timeout)
        assert hook.flush(timeout).sent == 2
    hook.flush(timeout)
    hook.test_connection(timeout)
    hook.finalize_session(timeout=timeout)
    hook.close(timeout)


def test_a_proxy_for_the_internet_is_not_asked_for_the_service(
    service: StartService, agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, away())
    hook = agent(service().url)
    record(hook, 1)
    assert hook.flush(PATIENCE).sent == 1


def test_closing_cuts_a_request_that_hangs(service: StartService, agent: MakeAgent) -> None:
    hook = agent(service(lambda _batch, _number: "hang").url)
    record(hook, 3)
    started = time.monotonic()
    assert hook.close(0.3).spooled == 3
    # Long before the request itself would be given up.
    assert time.monotonic() - started < 20
    until(
        lambda: not any(thread.name == "hook-agent-uploader" and thread.is_alive() for thread in threading.enumerate())
    )


@pytest.mark.parametrize(
    ("begun", "drop"),
    [(b"HTTP/1.1 200 OK\r\nx: ", b"x"), (b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n", b" "), (b"", b"")],
    ids=["headers", "body", "nothing"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_trickles_outlasted_the_time_for_a_request(
    begun: bytes, drop: bytes, method: Literal["GET", "POST"]
) -> None:
    with trickling(begun, drop) as url:
        transport = HttpTransport(url, 0.5)
        started = time.monotonic()
        replies = [transport.request(method, "/", b"{}" if method == "POST" else None) for _ in range(2)]
        took = time.monotonic() - started
        transport.close()
    assert replies == [NoAnswer("no answer within 0.5 s")] * 2
    assert took < TRICKLES


def test_a_kept_connection_is_used_again_after_the_time_for_a_request(service: StartService) -> None:
    # Long enough for an answer on a busy machine.
    most = 3.0
    transport = HttpTransport(service().url, most)
    assert isinstance(transport.request("GET", "/health/ready"), Answer)
    time.sleep(most + 0.1)
    assert isinstance(transport.request("GET", "/health/ready"), Answer)
    transport.close()


def test_the_environment_names_session_user_and_container(service: StartService) -> None:
    well = service()
    env = {
        "SESSION_SERVICE_URL": well.url,
        "SESSION_ID": "s2",
        "SESSION_USER_ID": "u2",
        "SESSION_SANDBOX_ID": "box-2",
        "SESSION_SPOOL_DIR": "off",
    }
    hook = HookAgent(env=env)
    record(hook, 1)
    hook.close()
    assert well.batches[0].path == "/api/sessions/s2/batch"
    assert well.batches[0].header["create"] == {"userId": "u2", "sandboxId": "box-2"}
