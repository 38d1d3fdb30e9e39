import json
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from conftest import PATIENCE, MakeAgent, StartService, away, free_port, record, until
from container_hook_agent.folder_lock import FolderLock, LockedError
from container_hook_agent.owner import Owner, is_alive, read_owner, this_process, write_owner
from container_hook_agent.session_folder import in_session_folder, remove_if_empty
from container_hook_agent.spool import Spool, name_of
from container_hook_agent.waiting import Waiters
from support.storage_service import REPOSITORY

NODE = """
import { createHookAgent } from "./container-hook-agent/dist/index.js";
const agent = createHookAgent({ sessionId: "s1", serviceUrl: process.argv[1], spool: { folder: process.argv[2] } });
"""


def run_node(script: str, url: str, spool: Path) -> str:
    return subprocess.run(
        ["node", "--input-type=module", "-e", NODE + script, url, str(spool)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout


def test_what_this_language_left_is_sent_by_the_other(service: StartService, agent: MakeAgent, tmp_path: Path) -> None:
    before = agent(away())
    record(before, 1_200)
    before.close(0)
    well = service()
    answer = run_node("console.log(JSON.stringify(await agent.flush(10_000)))", well.url, tmp_path / "spool")
    assert json.loads(answer)["sent"] == 1_200
    assert well.numbers() == list(range(1_200))
    assert {batch.header["producer"]["recorded"] for batch in well.batches} == {1_200}


def test_what_the_other_language_left_is_sent_by_this(service: StartService, agent: MakeAgent, tmp_path: Path) -> None:
    script = 'for (let i = 0; i < 1_200; i++) agent.logAction({ type: "note", i }); await agent.close(0);'
    run_node(script, away(), tmp_path / "spool")
    well = service()
    agent(well.url)
    until(lambda: len(well.stored) == 1_200)
    assert well.numbers() == list(range(1_200))
    assert {batch.header["producer"]["recorded"] for batch in well.batches} == {1_200}
    until(lambda: not list((tmp_path / "spool").rglob("*.jsonl")))


def test_a_folder_of_a_living_process_is_left_alone_by_the_other_language(
    service: StartService, agent: MakeAgent, tmp_path: Path
) -> None:
    living = agent(away())
    record(living, 50)
    until(lambda: living.flush(0.1).spooled == 50)
    well = service()
    script = 'agent.logAction({ type: "note", i: 50 }); console.log(JSON.stringify(await agent.flush(10_000)))'
    assert json.loads(run_node(script, well.url, tmp_path / "spool"))["sent"] == 1
    assert well.numbers() == [50]


def test_one_of_two_that_look_at_the_same_time_sends_what_is_left(service: StartService, agent: MakeAgent) -> None:
    before = agent(away())
    record(before, 50)
    before.close(0)
    well = service()
    both = [agent(well.url), agent(well.url)]
    for number, hook in enumerate(both):
        record(hook, 1, 50 + number)
    for hook in both:
        hook.flush(PATIENCE)
    assert sorted(well.numbers()) == list(range(52))
    assert sum(len(batch.events) for batch in well.batches) == 52


def test_a_flush_waits_for_what_is_queued_though_more_is_found_that_goes_first(
    service: StartService, agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = agent(away())
    record(before, 1_200)
    before.close(0)
    adopt = Spool.adopt

    def slowly(spool: Spool) -> None:
        time.sleep(0.3)
        adopt(spool)

    monkeypatch.setattr(Spool, "adopt", slowly)
    well = service()
    hook = agent(well.url)
    # By now a thread of the agent's own is looking for what is left.
    time.sleep(0.1)
    record(hook, 5, 1_200)
    delivery = hook.flush(PATIENCE)
    assert (delivery.sent, delivery.pending, delivery.spooled) == (1_205, 0, 0)


@pytest.mark.parametrize("ahead", [0, 30])
def test_who_waits_does_so_for_what_was_queued_then(ahead: int) -> None:
    class Queue:
        size, settled, ahead = 10, 5, 0

        def mark(self, _timeout: float) -> tuple[int, int]:
            return self.settled + self.size, self.ahead

    queue = Queue()
    waiters = Waiters(queue)
    waiting = threading.Thread(target=waiters.wait, args=(PATIENCE,), daemon=True)
    waiting.start()
    while not waiters._condition._waiters:  # type: ignore[attr-defined]
        time.sleep(0.001)
    queue.ahead = ahead
    for settled in (14 + ahead, 15 + ahead):
        assert waiting.is_alive()
        queue.settled = settled
        waiters.look()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()


def test_an_empty_folder_was_left_behind_for_every_session(
    service: StartService, agent: MakeAgent, tmp_path: Path
) -> None:
    port = free_port()
    hook = agent(f"http://127.0.0.1:{port}")
    record(hook, 1)
    until(lambda: hook.flush(0.05).spooled == 1)
    service(port=port)
    assert hook.flush(PATIENCE).sent == 1
    hook.close()
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_is_kept_survives_that_another_process_removes_the_folder_in_the_very_moment(tmp_path: Path) -> None:
    folder = tmp_path / "s1"
    attempts = 0

    def keep() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            remove_if_empty(folder)
        (folder / "lock").touch()

    in_session_folder(folder, keep)
    remove_if_empty(folder)
    assert (attempts, [path.name for path in folder.iterdir()]) == (3, ["lock"])


def test_a_line_cut_short_by_a_kill_is_none(service: StartService, agent: MakeAgent, tmp_path: Path) -> None:
    before = agent(away())
    record(before, 5)
    before.close(0)
    segment = next((tmp_path / "spool").rglob("*.jsonl"))
    with segment.open("ab") as file:
        file.write(b'{"type":"action","id":"cut')
    well = service()
    agent(well.url)
    until(lambda: len(well.stored) == 5)


def test_the_dead_owner_of_a_fresh_lock_does_not_keep_it(
    service: StartService, agent: MakeAgent, tmp_path: Path
) -> None:
    before = agent(away())
    record(before, 5)
    before.close(0)
    path = next((tmp_path / "spool").rglob("owner.json"))
    write_owner(path, Owner(os.getpid(), this_process().host, this_process().namespace, "1"))
    path.parent.with_name(f".{path.parent.name}.lock").mkdir()
    well = service()
    agent(well.url)
    until(lambda: len(well.stored) == 5)


def test_an_owner_is_alive_until_it_has_ended(tmp_path: Path) -> None:
    assert is_alive(this_process()) is True
    assert is_alive(Owner(this_process().pid, "elsewhere", None, None)) is None
    child = subprocess.Popen(["sleep", "0"])
    owner = this_process()
    dead = Owner(child.pid, owner.host, owner.namespace, "1")
    child.wait()
    assert is_alive(dead) is False
    write_owner(tmp_path / "owner.json", owner)
    assert read_owner(tmp_path / "owner.json") == owner
    assert read_owner(tmp_path / "none.json") is None


def test_a_lock_is_for_one_until_it_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FolderLock.acquire(path)
    with pytest.raises(LockedError):
        FolderLock.acquire(path)
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))
    # A lock is known by its time, in milliseconds.
    time.sleep(0.01)
    taken = FolderLock.acquire(path)
    lock.release()
    assert path.exists()
    taken.release()
    assert not path.exists()


@pytest.mark.parametrize(
    ("session_id", "name"),
    [("a b/ü", "a%20b%2F%C3%BC"), (".hidden", "%2Ehidden"), ("it's(1)!*~", "it's(1)!*~"), ("x" * 300, 64)],
)
def test_a_session_has_the_folder_it_has_in_the_other_language(session_id: str, name: str | int) -> None:
    found = name_of(session_id)
    assert found == name or len(found) == name
