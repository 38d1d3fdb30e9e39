import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from conftest import MakeAgent, StartService, away, until
from container_hook_agent import HookAgentOptions, snapshot
from container_hook_agent.backlog import Backlog
from container_hook_agent.event import RecordedEvent
from container_hook_agent.options import resolve_settings
from container_hook_agent.outbox import Outbox
from container_hook_agent.sealing import Sealer
from container_hook_agent.spool import Spool
from container_hook_agent.spool_files import count_lines
from container_hook_agent.warn_once import WarnOnce
from support.children import Ended, run_script
from support.recording_service import RecordingService, recording_service

ON_DISK = "while hook_agent.flush(0.05).spooled < 5_000: pass\n"
FOREVER = "print('ready', flush=True)\nwhile True: time.sleep(1)\n"
SIGNALLED = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
KEPT_ON = "signal.signal(signal.SIGTERM, lambda *_: (print('kept on'), sys.exit(3)))\n"


@pytest.fixture
def hanging(service: StartService) -> Iterator[RecordingService]:
    hanging = service(lambda _batch, _number: "hang")
    yield hanging
    hanging.released.set()


def sent_by_the_next(service: StartService, agent: MakeAgent, count: int) -> list[int]:
    well = service()
    agent(well.url)
    until(lambda: len(well.stored) >= count)
    return well.numbers()


@pytest.mark.parametrize(
    ("end", "send", "code"),
    [
        ("", None, 0),
        ("sys.exit(5)", None, 5),
        ("raise ValueError('bug')", None, 1),
        (FOREVER, signal.SIGTERM, -signal.SIGTERM),
        (FOREVER, signal.SIGHUP, -signal.SIGHUP),
        (FOREVER, signal.SIGINT, -signal.SIGINT),
        (SIGNALLED + FOREVER, signal.SIGTERM, 9),
        (KEPT_ON + FOREVER, signal.SIGTERM, 3),
        ("threading.Thread(target=time.sleep, args=(0.2,)).start()", None, 0),
    ],
    ids=["naturally", "exit", "exception", "SIGTERM", "SIGHUP", "SIGINT", "handled", "kept-on", "thread"],
)
def test_a_process_leaves_what_is_queued_on_disk_and_ends_as_it_would_have(
    end: str,
    send: signal.Signals | None,
    code: int,
    hanging: RecordingService,
    service: StartService,
    agent: MakeAgent,
    tmp_path: Path,
) -> None:
    ended = run_script(f"record(3)\n{end}", hanging.url, tmp_path / "spool", send)
    assert ended.code == code
    assert sent_by_the_next(service, agent, 3) == [0, 1, 2]


def test_the_natural_end_sends_what_is_queued(service: StartService, tmp_path: Path) -> None:
    well = service()
    patient = "hook_agent = HookAgent(HookAgentOptions(exit_timeout=60))\n"
    ended = run_script(f"{patient}record(500)", well.url, tmp_path)
    assert (ended.code, ended.stderr) == (0, "")
    assert well.numbers() == list(range(500))
    assert list(tmp_path.rglob("*.jsonl")) == []


@pytest.mark.parametrize(("spool", "most"), [(False, 0.1), (None, 0.05)], ids=["none", "spool"])
def test_the_end_was_held_up_for_two_seconds_where_there_is_no_spool(spool: Literal[False] | None, most: float) -> None:
    options = HookAgentOptions(service_url=away(), session_id="s1", spool=spool)
    assert resolve_settings(options, {}).exit_timeout == most


def test_several_agents_hold_up_the_end_together_and_not_one_after_the_other(
    hanging: RecordingService, tmp_path: Path
) -> None:
    script = """
from container_hook_agent import exit_handling
agents = [HookAgent(HookAgentOptions(exit_timeout=1.5, session_id=f"s{i}")) for i in range(8)]
for agent in agents: agent.log_action({"type": "note", "i": 0})
waited = []
for agent in agents:
    wait = agent._parts.uploader.wait
    agent._parts.uploader.wait = lambda seconds, *_, wait=wait: (waited.append(seconds), wait(seconds))
exit_handling._at_exit()
print(len(waited), sum(waited) <= 1.5 + 1e-6 * len(waited))
"""
    ended = run_script(script, hanging.url, tmp_path / "spool")
    assert (ended.code, ended.stdout) == (0, "8 True\n"), ended.stderr


def test_a_process_that_is_killed_loses_none_of_what_waited(
    service: StartService, agent: MakeAgent, tmp_path: Path
) -> None:
    ended = run_script(f"record(5_000)\n{ON_DISK}{FOREVER}", away(), tmp_path / "spool", signal.SIGKILL)
    assert ended.code == -signal.SIGKILL
    assert sent_by_the_next(service, agent, 5_000) == list(range(5_000))


def test_of_a_full_outbox_what_can_be_in_little_time_is_put_on_disk(
    service: StartService, agent: MakeAgent, tmp_path: Path
) -> None:
    script = """
from container_hook_agent import exit_handling
for i in range(9_000): hook_agent.log_action({"type": "note", "i": i, "text": "some words " * 90})
exit_handling._spool()
"""
    run_script(script, away(), tmp_path / "spool")
    assert len(sent_by_the_next(service, agent, 100)) >= 100


def test_what_was_fit_for_the_disk_when_time_was_up_was_lost(tmp_path: Path) -> None:
    sealer = Sealer(None, 256 * 1024)
    outbox = Outbox(1_000, 16 * 1024 * 1024, sealer)
    backlog = Backlog(outbox, Spool(tmp_path, "s1", "p1", 64 * 1024 * 1024, WarnOnce(None)), "p1", sealer)
    for i in range(100):
        taken = snapshot.take(("action", str(i), 0, None, {"type": "note", "text": "x" * 10_000}, None))
        assert backlog.push(RecordedEvent(taken, len(taken)))
    assert backlog.seal_all(lambda: False)
    backlog.end(0)
    [segment] = (tmp_path / "s1" / "p1").glob("*.jsonl")
    assert count_lines(segment, 0) == 100


def test_the_end_waited_for_an_answer_and_made_nothing_fit_to_be_put_on_disk_meanwhile(tmp_path: Path) -> None:
    script = """
from container_hook_agent import exit_handling
hook_agent = HookAgent(HookAgentOptions(exit_timeout=20))
record(3_000)
parts = hook_agent._parts
waits = parts.seal_until
def seal_until(is_over):
    waits(is_over)
    print(parts.outbox.size - parts.outbox.sealed, is_over())
    sys.stdout.flush()
    os._exit(0)
parts.seal_until = seal_until
exit_handling._at_exit()
"""
    with recording_service(lambda _batch, _number: "hang") as hanging:
        ended = run_script(script, hanging.url, tmp_path / "spool")
        hanging.released.set()
    assert ended.stdout == "0 False\n", ended.stderr


def test_importing_the_package_changes_nothing(tmp_path: Path) -> None:

    ended = run_script(
        "print(threading.active_count(), signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)", away(), tmp_path
    )
    assert (ended.code, ended.stdout) == (0, "1 True\n")
    assert list(tmp_path.iterdir()) == []


def test_a_record_within_a_signal_handler_cannot_lock_up(service: StartService, tmp_path: Path) -> None:
    well = service()
    script = """
hook_agent = HookAgent(HookAgentOptions(max_events=100_000))
signal.signal(signal.SIGALRM, lambda *_: record(1, 9))
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
record(20_000)
signal.setitimer(signal.ITIMER_REAL, 0)
delivery = hook_agent.flush(60)
print(delivery.pending, delivery.dropped)
"""
    ended = run_script(script, well.url, tmp_path)
    assert (ended.code, ended.stdout) == (0, "0 0\n"), ended.stderr
    assert len(well.stored) > 20_000


def fork_script(how: str) -> str:
    return f"""
import multiprocessing
record(3)
{how}
assert hook_agent.flush(60).dropped == 0
"""


@pytest.mark.parametrize(
    "how",
    [
        "pid = os.fork()\nif pid == 0:\n    record(2, 3)\n    sys.exit(0)\nos.waitpid(pid, 0)",
        "child = multiprocessing.get_context('fork').Process(target=record, args=(2, 3))\nchild.start(); child.join()",
        "child = multiprocessing.get_context('spawn').Process(target=print)\nrecord(2, 3)",
    ],
    ids=["fork", "multiprocessing", "none"],
)
def test_a_forked_child_records_as_itself_and_nothing_is_sent_twice(
    how: str, service: StartService, tmp_path: Path
) -> None:
    well = service()
    ended: Ended = run_script(fork_script(how), well.url, tmp_path)
    assert ended.code == 0, ended.stderr
    assert sorted(well.numbers()) == [0, 1, 2, 3, 4]
    sent = [event["id"] for batch in well.batches for event in batch.events]
    assert len(sent) == len(set(sent)) == 5
    producers = {batch.header["producer"]["id"] for batch in well.batches}
    assert len(producers) == (1 if "spawn" in how else 2)
