import asyncio
import operator
import threading
from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

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
from support.storage_service import StorageService

SPECIALISTS = ("weather", "hotels", "flights")


class State(TypedDict):
    messages: Annotated[list[BaseMessage], operator.add]
    notes: Annotated[list[str], operator.add]


def model(*answers: str | AIMessage) -> GenericFakeChatModel:
    usage = {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14, "input_token_details": {"cache_read": 3}}
    made = [each if isinstance(each, AIMessage) else AIMessage(each, usage_metadata=usage) for each in answers]
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
    (run,) = recorded.runs
    # Of a stream the fake model tells no usage.
    assert run["tokensUsed"] == (0 if way == "stream" else 7 * 14)
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
    assert {each["agentId"] for each in recorded.actions} == {"ask"}


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
    return graph.compile()


@pytest.mark.parametrize("handles", [True, False])
def test_a_failing_tool_tells_its_error(recorded: Recorded, handles: bool) -> None:
    graph = tool_graph(handles)
    if handles:
        graph.invoke(given())
    else:
        with pytest.raises(ValueError, match="the index is gone"):
            graph.invoke(given())
    (run,) = recorded.runs
    assert (run["status"], run["error"]) == (("completed", None) if handles else ("failed", "the index is gone"))
    called = {each["input"]["query"]: each for each in recorded.actions if each["type"] == "tool_call"}
    assert called["good"]["output"] == "found good"
    assert called["good"]["toolUseId"] == "call-good"
    assert called["bad"]["error"] == "the index is gone"
    tools = next(node for node in recorded.nodes if node["name"] == "tools")
    assert called["bad"]["nodeId"] == tools["nodeId"]
    assert tools["status"] == ("completed" if handles else "failed")
    assert recorded.responses[0]["toolCalls"][1]["args"] == {"query": "bad"}


def test_an_interrupt_is_a_pause_and_its_resume_the_same_run_and_node(recorded: Recorded) -> None:
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
    compiled = graph.compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "t1"}}
    assert compiled.invoke(given(), thread)["__interrupt__"]
    (paused,) = recorded.runs
    assert paused["status"] == "running"
    waiting = {node["name"]: node for node in recorded.nodes}
    assert {name: node["status"] for name, node in waiting.items()} == {"confirm": "running", "human": "running"}
    assert waiting["human"]["metadata"]["interrupts"] == [{"question": "book it?"}]

    assert compiled.invoke(Command(resume="yes"), thread)["notes"] == ["yes", "done"]
    (run,) = recorded.runs
    assert (run["runId"], run["status"]) == (paused["runId"], "completed")
    nodes = {node["name"]: node for node in recorded.nodes}
    assert len(recorded.nodes) == 3
    assert {node["status"] for node in nodes.values()} == {"completed"}
    assert nodes["human"]["nodeId"] == waiting["human"]["nodeId"]
    assert "paused" not in nodes["human"]["metadata"]
    kinds = [each["type"] for each in recorded.actions]
    assert (kinds[0], kinds[-1]) == ("run_paused", "run_resumed")


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
    graph.compile().invoke(given())
    found = [(node["status"], node.get("error"), node["metadata"]["attempt"]) for node in recorded.nodes]
    assert found == [("failed", "reset", 1), ("completed", None, 2)]


def test_tokens_of_a_stream_are_one_response(recorded: Recorded) -> None:
    assert len(list(model("one two three four five").stream("x"))) > 5
    (response,) = recorded.responses
    assert response["content"] == "one two three four five"


def test_a_model_that_fails_tells_its_error(recorded: Recorded) -> None:
    with pytest.raises(StopIteration), in_context(agent_id="caller"):
        GenericFakeChatModel(messages=iter([])).invoke("x")
    (action,) = recorded.actions
    assert (action["type"], action["agentId"]) == ("error", "caller")


def test_nothing_is_kept_of_what_has_ended(recorded: Recorded) -> None:
    governor().invoke(given())
    assert recording.recorder._scopes == {}
