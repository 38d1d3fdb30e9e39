import asyncio
import operator
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, RetryPolicy, interrupt

import container_hook_agent.langgraph as recording
from conftest import PATIENCE, MakeAgent
from container_hook_agent import HookAgent, in_context
from support.graph_stories import GRAPH_STORIES, story_of
from support.storage_service import StorageService

SPECIALISTS = ("weather", "hotels", "flights")


def union(first: list[str], more: list[str]) -> list[str]:
    return list(dict.fromkeys([*first, *more]))


class State(TypedDict):
    messages: Annotated[list[BaseMessage], operator.add]
    notes: Annotated[list[str], union]


def model(*answers: str | AIMessage) -> GenericFakeChatModel:
    usage = {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14, "input_token_details": {"cache_read": 3}}
    told: Any = {"usage_metadata": usage, "response_metadata": {"model_name": "scripted"}}
    made = [AIMessage(each, **told) if isinstance(each, str) else each.model_copy(update=told) for each in answers]
    return GenericFakeChatModel(messages=iter(made))


class Recorded:
    """A session that a graph was recorded into, as the service tells of it."""

    def __init__(self, agent: HookAgent, storage: StorageService) -> None:
        self.agent = agent
        self.storage = storage

    def _get(self, path: str) -> Any:
        assert self.agent.flush(PATIENCE).pending == 0
        return self.storage.get(path)

    @property
    def runs(self) -> list[dict[str, Any]]:
        return list(self._get(f"sessions/{self.agent.session_id}/runs"))

    @property
    def actions(self) -> list[dict[str, Any]]:
        return list(self._get(f"actions/{self.agent.session_id}"))

    @property
    def responses(self) -> list[dict[str, Any]]:
        return list(self._get(f"actions/{self.agent.session_id}/responses"))

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """As they are in the end, by their last event."""
        events = self._get(f"sessions/{self.agent.session_id}/events?type=node_executed&limit=1000")["events"]
        return list({event["data"]["nodeId"]: event["data"] for event in events}.values())

    @property
    def story(self) -> dict[str, Any]:
        return story_of(self.runs, self.nodes, self.actions, self.responses)


@pytest.fixture
def recorded(storage: StorageService, agent: MakeAgent, request: pytest.FixtureRequest) -> Iterator[Recorded]:
    hook = agent(storage.url, session_id=request.node.name.replace("[", "-").rstrip("]"))
    recording.record_with(hook)
    yield Recorded(hook, storage)
    assert hook.flush(PATIENCE).dropped == 0
    assert storage.get(f"sessions/{hook.session_id}/verify")["complete"]


def specialist(name: str) -> Any:
    def ask(state: State) -> dict[str, Any]:
        recording.recorder.agent.log_action({"type": "note", "by": name})
        return {"messages": [model(f"{name} is fine").invoke(state["messages"])], "notes": [name]}

    graph = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    return graph.compile(name=f"{name} specialist")


def governor() -> Any:
    def govern(state: State) -> Command[Any]:
        left = [name for name in SPECIALISTS if name not in state["notes"]]
        decision = model(f"{len(left)} left").invoke(state["messages"])
        return Command(goto=left[0] if left else END, update={"messages": [decision]})

    graph = StateGraph(State)
    graph.add_node("governor", govern, destinations=(*SPECIALISTS, END))
    for name in SPECIALISTS:
        graph.add_node(name, specialist(name))
        graph.add_edge(name, "governor")
    graph.add_edge(START, "governor")
    return graph.compile(name="travel")


def given() -> State:
    return {"messages": [HumanMessage("plan it")], "notes": []}


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream"])
def test_a_governor_and_its_specialists_are_a_run_with_nested_nodes(recorded: Recorded, way: str) -> None:
    graph = governor()
    if way == "invoke":
        graph.invoke(given())
    elif way == "ainvoke":
        asyncio.run(graph.ainvoke(given()))
    else:
        assert len(list(graph.stream(given(), stream_mode="messages"))) > 7
    if way != "stream":
        # Of a stream the fake model tells no usage.
        assert recorded.story == GRAPH_STORIES["governor"]
    (run,) = recorded.runs
    assert (run["flow"], run["agentId"], run["status"]) == ("travel", "travel", "completed")
    nodes = recorded.nodes
    by_id = {node["nodeId"]: node for node in nodes}
    inner = [node for node in nodes if node["name"] == "ask"]
    assert [by_id[node["parentNodeId"]]["name"] for node in inner] == list(SPECIALISTS)
    assert len(nodes) == 10
    assert all("parentNodeId" not in node for node in nodes if node["name"] == "governor")
    assert {node["status"] for node in nodes} == {"completed"}
    responses = recorded.responses
    governed = [each for each in responses if by_id[each["nodeId"]]["name"] == "governor"]
    asked = [each for each in responses if by_id[each["nodeId"]]["name"] == "ask"]
    assert (len(governed), len(asked)) == (4, 3)
    for each in asked:
        above = by_id[by_id[each["nodeId"]]["parentNodeId"]]["name"]
        assert each["content"] == f"{above} is fine"
    assert {each["runId"] for each in responses} == {run["runId"]}
    assert [each["agentId"] for each in recorded.actions] == list(SPECIALISTS)
    assert [each["agentId"] for each in asked] == list(SPECIALISTS)


def test_usage_tells_what_was_cached_apart(recorded: Recorded) -> None:
    model("hi").invoke("hello")
    (response,) = recorded.responses
    assert response["usage"] == {"inputTokens": 7, "outputTokens": 4, "cacheReadTokens": 3}
    assert response["content"] == "hi"
    assert recorded.runs == []


@pytest.mark.parametrize("is_async", [False, True])
def test_parallel_branches_do_not_mix(recorded: Recorded, is_async: bool) -> None:
    together = threading.Barrier(5)

    def branch(number: int) -> Any:
        def work(state: State) -> dict[str, Any]:
            if not is_async:
                together.wait(10)
            recording.recorder.agent.log_action({"type": "note", "by": f"branch{number}"})
            return {"notes": [str(model(f"branch{number}").invoke("x").text)]}

        async def awork(state: State) -> dict[str, Any]:
            await asyncio.sleep(0.01)
            return work(state)

        return awork if is_async else work

    graph = StateGraph(State)
    for number in range(5):
        graph.add_node(f"branch{number}", branch(number))
        graph.add_edge(START, f"branch{number}")
    compiled = graph.compile()
    answer = asyncio.run(compiled.ainvoke(given())) if is_async else compiled.invoke(given())
    assert sorted(answer["notes"]) == [f"branch{number}" for number in range(5)]
    names = {node["nodeId"]: node["name"] for node in recorded.nodes}
    assert sorted(names.values()) == sorted(answer["notes"])
    assert [names[each["nodeId"]] for each in recorded.responses] == [each["content"] for each in recorded.responses]
    assert [names[each["nodeId"]] for each in recorded.actions] == [each["by"] for each in recorded.actions]


@tool
def search(query: str) -> str:
    """Searches."""
    if query == "bad":
        raise ValueError("the index is gone")
    return f"found {query}"


def tool_graph(handles: bool) -> Any:
    calls = [{"name": "search", "args": {"query": each}, "id": f"call-{each}"} for each in ("good", "bad")]
    graph = StateGraph(State)
    answer = AIMessage("", tool_calls=calls)
    graph.add_node("decide", lambda state: {"messages": [model(answer).invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([search], handle_tool_errors=handles))
    graph.add_edge(START, "decide")
    graph.add_edge("decide", "tools")
    return graph.compile(name="tools")


@pytest.mark.parametrize("handles", [True, False])
def test_a_failing_tool_tells_its_error(recorded: Recorded, handles: bool) -> None:
    graph = tool_graph(handles)
    if handles:
        graph.invoke(given())
    else:
        with pytest.raises(ValueError, match="the index is gone"):
            graph.invoke(given())
    story = recorded.story
    # They are called in threads of their own.
    story["actions"].sort(key=lambda action: action["toolUseId"], reverse=True)
    assert story == GRAPH_STORIES["tools-handled" if handles else "tools-failing"]


def confirming() -> Any:
    def human(state: State) -> dict[str, Any]:
        return {"notes": [interrupt({"question": "book it?"})]}

    inner = StateGraph(State)
    inner.add_node("human", human)
    inner.add_edge(START, "human")
    graph = StateGraph(State)
    graph.add_node("confirm", inner.compile())
    graph.add_node("after", lambda state: {"notes": ["done"]})
    graph.add_edge(START, "confirm")
    graph.add_edge("confirm", "after")
    return graph.compile(name="trip", checkpointer=InMemorySaver())


THREAD: Any = {"configurable": {"thread_id": "t1"}}


def test_an_interrupt_is_a_pause_and_its_resume_the_same_run_and_node(recorded: Recorded) -> None:
    compiled = confirming()
    thread = THREAD
    assert compiled.invoke(given(), thread)["__interrupt__"]
    (paused,) = recorded.runs
    assert recorded.story == GRAPH_STORIES["confirming-paused"]
    waiting = {node["name"]: node for node in recorded.nodes}
    assert compiled.invoke(Command(resume="yes"), thread)["notes"] == ["yes", "done"]
    (run,) = recorded.runs
    assert run["runId"] == paused["runId"]
    assert recorded.story == GRAPH_STORIES["confirming"]
    assert {node["nodeId"] for node in waiting.values()} < {node["nodeId"] for node in recorded.nodes}


def test_an_interrupt_that_nobody_answers_ends_with_the_run_when_the_graph_begins_anew(recorded: Recorded) -> None:
    compiled = confirming()
    compiled.invoke(given(), THREAD)
    compiled.invoke(given(), THREAD)
    assert sorted(run["status"] for run in recorded.runs) == ["cancelled", "running"]


def test_an_interrupt_of_a_former_process_is_answered_in_a_run_of_its_own(recorded: Recorded) -> None:
    compiled = confirming()
    compiled.invoke(given(), THREAD)
    # As good as another process: it has not seen the graph wait.
    recording.recorder._paused.take(("trip", "t1"))
    compiled.invoke(Command(resume="yes"), THREAD)
    assert sorted(run["status"] for run in recorded.runs) == ["completed", "running"]
    assert recorded.story["actions"] == GRAPH_STORIES["confirming"]["actions"]
    (resumed,) = [action for action in recorded.actions if action["type"] == "run_resumed"]
    assert next(run for run in recorded.runs if run["runId"] == resumed["runId"])["status"] == "completed"


def test_a_graph_that_is_cancelled_is_told_as_such(recorded: Recorded) -> None:
    started = asyncio.Event()

    async def slow(state: State) -> dict[str, Any]:
        started.set()
        await asyncio.sleep(60)
        return {}

    async def cancel(graph: Any) -> None:
        running = asyncio.create_task(graph.ainvoke(given()))
        await started.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    graph = StateGraph(State)
    graph.add_node("slow", slow)
    graph.add_edge(START, "slow")
    asyncio.run(cancel(graph.compile()))
    assert [run["status"] for run in recorded.runs] == ["cancelled"]
    assert [node["status"] for node in recorded.nodes] == ["failed"]


def test_a_graph_whose_stream_was_left_had_failed_of_that(recorded: Recorded) -> None:
    graph = StateGraph(State)
    graph.add_node("first", lambda state: {"notes": ["one"]})
    graph.add_node("second", lambda state: {"notes": ["two"]})
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    stream: Any = graph.compile().stream(given())
    next(stream)
    stream.close()
    ends = [(run["status"], run["error"]) for run in recorded.runs]
    assert ends == [("cancelled", "nobody waited for its end")]


def test_a_graph_whose_stream_is_left_at_an_interrupt_goes_on_when_that_is_answered(recorded: Recorded) -> None:
    graph = confirming()
    stream = graph.stream(given(), THREAD)
    assert "__interrupt__" in next(stream)
    stream.close()
    graph.invoke(Command(resume="yes"), THREAD)
    assert recorded.story == GRAPH_STORIES["confirming"]


def test_another_attempt_of_a_node_is_a_node_of_its_own(recorded: Recorded) -> None:
    tries: list[int] = []

    def flaky(state: State) -> dict[str, Any]:
        tries.append(1)
        if len(tries) < 2:
            raise ConnectionError("reset")
        return {"notes": ["well"]}

    graph = StateGraph(State)
    graph.add_node("flaky", flaky, retry_policy=RetryPolicy(initial_interval=0.01, max_attempts=3))
    graph.add_edge(START, "flaky")
    graph.compile(name="flaky").invoke(given())
    assert recorded.story == GRAPH_STORIES["flaky"]


def test_tokens_of_a_stream_are_one_response(recorded: Recorded) -> None:
    assert len(list(model("one two three four five").stream("x"))) > 5
    (response,) = recorded.responses
    assert response["content"] == "one two three four five"


def test_what_a_reader_does_between_the_parts_of_a_stream_and_after_leaving_it_is_none_of_the_graphs_work(
    recorded: Recorded,
) -> None:
    for _ in governor().stream(given()):
        recorded.agent.log_action({"type": "note", "by": "reader"})
        break
    recorded.agent.log_action({"type": "note", "by": "reader"})
    notes = [action for action in recorded.actions if action.get("by") == "reader"]
    assert len(notes) == 2
    assert not any("runId" in note for note in notes)


def test_a_model_that_fails_tells_its_error(recorded: Recorded) -> None:
    with pytest.raises(StopIteration), in_context(agent_id="caller"):
        GenericFakeChatModel(messages=iter([])).invoke("x")
    (action,) = recorded.actions
    assert (action["type"], action["agentId"]) == ("error", "caller")


def test_nothing_is_kept_of_what_has_ended(recorded: Recorded) -> None:
    governor().invoke(given())
    assert recording.recorder.size == 0


def test_what_never_ends_is_kept_within_bounds(recorded: Recorded) -> None:
    recorder = recording.LangGraphRecorder(recorded.agent)
    root = uuid4()
    recorder.on_chain_start({}, {}, run_id=root, name="lost")
    for _ in range(recording.MAX_OPEN + 5_000):
        recorder.on_chain_start({}, {}, run_id=uuid4(), parent_run_id=root, name="inside")
    assert recorder.size == recording.MAX_OPEN
    recorder.on_chain_end({}, run_id=root)
