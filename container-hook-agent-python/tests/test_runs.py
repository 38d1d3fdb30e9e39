import asyncio
import contextvars
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from conftest import PATIENCE, MakeAgent, StartService
from container_hook_agent import AsyncHookAgent, HookAgent, HookAgentOptions, NotStored, in_context
from container_hook_agent.runs import id_part
from support.recording_service import RecordingService
from support.storage_service import StorageService

_NAMES = Path(__file__, "../../../container-hook-agent/contract/names.json").resolve()


@pytest.fixture
def well(service: StartService) -> RecordingService:
    return service()


@pytest.fixture
def hook(well: RecordingService, agent: MakeAgent) -> HookAgent:
    return agent(well.url)


def recorded(hook: HookAgent, well: RecordingService) -> list[tuple[str, dict[str, Any]]]:
    hook.flush(PATIENCE)
    return [(event["type"], event["data"]) for event in well.stored]


def nodes(hook: HookAgent, well: RecordingService) -> list[dict[str, Any]]:
    return [data for kind, data in recorded(hook, well) if kind == "node_executed"]


def test_what_is_recorded_in_a_context_is_marked_with_it(hook: HookAgent, well: RecordingService) -> None:
    with in_context(agent_id="a1", run_id="r1"):
        with in_context(node_id="n1"):
            hook.log_action({"type": "note"})
            hook.log_response({"content": "x", "agentId": "own"})
        worker = hook.spawn_agent({"type": "web search"})
        hook.update_state({"phase": "x"})
    hook.log_action({"type": "note"})
    (_, action), (_, response), (_, spawned), (_, state), (_, outside) = recorded(hook, well)
    assert (action["agentId"], action["runId"], action["nodeId"]) == ("a1", "r1", "n1")
    assert response["agentId"] == "own"
    assert (spawned["agentId"], spawned["parentAgentId"], spawned["runId"]) == (worker, "a1", "r1")
    assert worker.startswith("agent-web-search-")
    assert "runId" not in state
    assert "runId" not in outside


def test_tasks_of_asyncio_keep_their_contexts_apart(hook: HookAgent, well: RecordingService) -> None:
    async def work(name: str) -> None:
        with in_context(agent_id=name):
            for _ in range(3):
                await asyncio.sleep(0)
                hook.log_action({"type": "note", "by": name})

    async def main() -> None:
        await asyncio.gather(*(work(f"a{i}") for i in range(5)))

    asyncio.run(main())
    found = [data for _, data in recorded(hook, well)]
    assert len(found) == 15
    assert all(data["by"] == data["agentId"] for data in found)


def test_nodes_tell_how_long_a_function_took_and_what_came_of_it(hook: HookAgent, well: RecordingService) -> None:
    def broken() -> None:
        raise ValueError("bad input")

    async def later() -> int:
        await asyncio.sleep(0.01)
        return 7

    run = hook.start_run({"flow": "f"})
    with in_context(run_id=run):
        assert hook.node("outer", lambda: hook.node("inner", lambda: 42)) == 42
        with pytest.raises(ValueError, match="bad input"):
            hook.node("broken", broken)
        assert asyncio.run(hook.node("later", later)) == 7
    hook.complete_run(run, {"status": "failed", "error": ValueError("bad input")})
    assert hook.node("outside", lambda: 1) == 1
    kinds = [kind for kind, _ in recorded(hook, well)]
    assert kinds == ["execution_started", *["node_executed"] * 8, "execution_failed"]
    ended = {node["name"]: node for node in nodes(hook, well) if node["status"] != "running"}
    assert ended["inner"]["parentNodeId"] == ended["outer"]["nodeId"]
    assert (ended["inner"]["output"], ended["later"]["output"]) == (42, 7)
    assert ended["later"]["durationMs"] >= 10
    assert (ended["broken"]["status"], ended["broken"]["error"]) == ("failed", "bad input")


def test_a_pipeline_is_a_run_with_a_node_for_each_attempt(hook: HookAgent, well: RecordingService) -> None:
    tries: list[int] = []

    def flaky(value: int) -> int:
        tries.append(value)
        if len(tries) < 3:
            raise TimeoutError("slow")
        return value + 1

    with hook.pipeline("ein Ablauf", input="all") as run:
        with run.stage("fetch", input="q") as stage:
            stage.output = 1
            hook.log_action({"type": "note"})
        run.output = run.call("flaky", flaky, 1, attempts=3)
        run.call("fetch", lambda: None)
    events = recorded(hook, well)
    assert events[0][1]["flow"] == "ein Ablauf"
    assert (events[0][1]["agentId"], events[0][1]["input"]) == ("ein-Ablauf", "all")
    assert events[-1][1]["durationMs"] >= 0
    assert events[-1][0] == "execution_completed"
    assert events[-1][1]["output"] == 2
    action = next(data for kind, data in events if kind == "action")
    assert (action["nodeId"], action["agentId"], action["runId"]) == ("fetch", "ein-Ablauf", run.run_id)
    ended = [(node["nodeId"], node["status"]) for node in nodes(hook, well) if node["status"] != "running"]
    assert ended == [
        ("fetch", "completed"),
        ("flaky", "failed"),
        ("flaky.2", "failed"),
        ("flaky.3", "completed"),
        ("fetch-2", "completed"),
    ]


def test_decorated_functions_are_a_pipeline_and_its_stages(hook: HookAgent, well: RecordingService) -> None:
    booking = hook.pipeline("booking")

    @booking.stage("search", attempts=2)
    async def search(query: str, limit: int = 1) -> list[str]:
        await asyncio.sleep(0)
        return [query] * limit

    @booking.stage()
    def book(flight: str) -> str:
        raise RuntimeError(f"{flight} is sold out")

    @booking
    async def run(query: str) -> str:
        found = await search(query, limit=2)
        return book(found[0])

    assert asyncio.run(search("alone")) == ["alone"]
    with pytest.raises(RuntimeError, match="sold out"):
        asyncio.run(run("VIE"))
    events = recorded(hook, well)
    assert (events[0][0], events[0][1]["input"]) == ("execution_started", "VIE")
    assert (events[-1][0], events[-1][1]["error"]) == ("execution_failed", "VIE is sold out")
    assert events[-1][1]["failedStage"] == "book"
    ended = {node["nodeId"]: node for node in nodes(hook, well) if node["status"] != "running"}
    assert ended["search"]["input"] == {"args": ["VIE"], "limit": 2}
    assert ended["search"]["output"] == ["VIE", "VIE"]
    assert (ended["book"]["status"], ended["book"]["error"]) == ("failed", "VIE is sold out")


def test_stages_stay_apart_whose_names_come_to_the_same_id(hook: HookAgent, well: RecordingService) -> None:
    names = ["翻译", "审核", "a b", "a-b", "a b-2", "a b"]
    with hook.pipeline("many") as run:
        for name in names:
            run.call(name, lambda: 1)
    done = [node for node in nodes(hook, well) if node["status"] == "completed"]
    assert [node["name"] for node in done] == names
    assert len({node["nodeId"] for node in done}) == len(names)


def test_threads_may_be_in_one_pipeline_at_once(hook: HookAgent, well: RecordingService) -> None:
    shared = hook.pipeline("shared")
    both_in = threading.Barrier(2)
    first_out = threading.Event()

    def work(name: str) -> None:
        with shared as run:
            both_in.wait(10)
            if name == "second":
                first_out.wait(10)
            run.call(name, lambda: name)
            run.output = name
        first_out.set()

    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(work, name) for name in ("first", "second")]:
            running.result()
    events = recorded(hook, well)
    ended = {data["runId"]: data["output"] for kind, data in events if kind == "execution_completed"}
    assert sorted(ended.values()) == ["first", "second"]
    found = {data["name"]: ended[data["runId"]] for kind, data in events if kind == "node_executed"}
    assert found == {"first": "first", "second": "second"}


def test_a_pipeline_left_in_another_context_than_it_was_entered_in_ends_all_the_same(
    hook: HookAgent, well: RecordingService
) -> None:
    pipeline = hook.pipeline("elsewhere")
    run = contextvars.Context().run(pipeline.__enter__)
    run.output = 1
    contextvars.Context().run(pipeline.__exit__, None, None, None)
    assert [kind for kind, _ in recorded(hook, well)] == ["execution_started", "execution_completed"]


def test_a_stage_that_answers_something_awaitable_is_tried_again_where_it_is_awaited(
    hook: HookAgent, well: RecordingService
) -> None:
    tries: list[int] = []

    async def flaky(value: int) -> int:
        tries.append(value)
        if len(tries) < 3:
            raise ConnectionError("reset")
        return value

    async def main() -> Any:
        with hook.pipeline("p") as run:
            return await run.call("flaky", lambda: flaky(7), attempts=3)

    assert asyncio.run(main()) == 7
    ended = [(node["nodeId"], node["status"]) for node in nodes(hook, well) if node["status"] != "running"]
    assert ended == [("flaky", "failed"), ("flaky.2", "failed"), ("flaky.3", "completed")]


def test_a_pipeline_that_is_cancelled_is_told_as_such(hook: HookAgent, well: RecordingService) -> None:
    calls: list[int] = []

    async def wait() -> None:
        calls.append(1)
        await asyncio.sleep(60)

    async def run() -> None:
        with hook.pipeline("p") as pipeline_run:
            await pipeline_run.call("wait", wait, attempts=3)

    async def main() -> None:
        running = asyncio.create_task(run())
        while not calls:
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    kind, end = recorded(hook, well)[-1]
    assert (kind, end["status"], end["failedStage"]) == ("execution_failed", "cancelled", "wait")
    assert len(calls) == 1


def test_the_asynchronous_agent_waits_without_holding_the_loop(service: StartService) -> None:
    well = service()
    options = HookAgentOptions(service_url=well.url, session_id="s1", spool=False, warn=lambda _: None)

    async def main() -> None:
        async with AsyncHookAgent(options, env={}) as agent:
            turns = 0

            async def turn() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0.001)

            ticking = asyncio.create_task(turn())
            with in_context(agent_id="a1"):
                assert await agent.log_action({"type": "note", "id": "mine"}, durable=True) == "mine"
            goal = await agent.add_goal({"description": "d"})
            await agent.update_goal(goal, {"status": "completed"})
            assert await agent.test_connection()
            assert (await agent.flush(PATIENCE)).sent == 3
            assert (await agent.finalize_session()).finalized
            assert turns > 5
            ticking.cancel()
            await agent.close()
            with pytest.raises(NotStored):
                await agent.log_action({"type": "late"}, durable=True)

    asyncio.run(main())
    assert well.stored[0]["data"]["agentId"] == "a1"


def test_the_service_shows_a_pipeline_as_it_ran(storage: StorageService, agent: MakeAgent) -> None:
    hook = agent(storage.url, session_id="pipeline")
    pipeline = hook.pipeline("flow")

    @pipeline
    def flow() -> None:
        pipeline.stage("first")(dict)(found=1)
        pipeline.stage("second")(int)("no")

    with pytest.raises(ValueError, match="no"):
        flow()
    assert hook.finalize_session({"status": "failure"}).finalized
    assert hook.flush(PATIENCE).dropped == 0
    assert storage.get("sessions/pipeline/verify")["complete"]
    (shown,) = storage.get("sessions/pipeline/runs")
    assert (shown["flow"], shown["status"], shown["nodeCount"]) == ("flow", "failed", 2)
    assert [node["status"] for node in storage.nodes(shown["runId"])] == ["completed", "failed"]


@pytest.mark.parametrize("given", json.loads(_NAMES.read_text()), ids=lambda given: given["id"])
def test_names_without_latin_letters_all_came_to_the_same_id(given: dict[str, str]) -> None:
    assert id_part(given["name"]) == given["id"]


def test_the_id_that_a_name_comes_to_is_not_too_long() -> None:
    assert len(id_part("a" * 100)) == 64
    assert id_part("a" * 100 + "天").startswith("a" * 55 + "-")
    assert id_part("\ud800").startswith("name-")
