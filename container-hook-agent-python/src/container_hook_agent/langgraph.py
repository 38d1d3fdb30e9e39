"""Records LangGraph. Importing this module is all there is to do: `import container_hook_agent.langgraph`.

A graph becomes a run and its nodes nodes, nested where a graph runs inside a node; calls of models become responses
with their usage, calls of tools actions. What a node's own code records is marked with that node. A graph that waits
at an `interrupt()` is a run that goes on when the graph does, in the same process.
"""

import time
from contextvars import ContextVar, Token
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.tracers.context import register_configure_hook
from langgraph.errors import GraphBubbleUp, GraphInterrupt

from .agent import HookAgent
from .context import Context, current_context, enter, leave
from .environment_agent import hook_agent
from .langgraph_messages import response_of, tool_output
from .langgraph_run import GraphRun, Recent, end_by, interrupts_of, is_going_on, values_of
from .runs import NodeOptions, Step, id_part, message_of

# Runs that are remembered while they wait.
MAX_PAUSED = 1_000
# What is under way at most: nothing tells of the end of what a program no longer follows.
MAX_OPEN = 10_000
MAX_FLOW_CHARS = 256


class _Scope:
    """What is under way: a graph, a node, or something in between, which is only passed through."""

    def __init__(self, run: GraphRun | None, context: Context, step: Step | None = None, name: str = "") -> None:
        self.run = run
        self.context = context
        self.step = step
        self.name = name
        self.token: Token[Context] | None = None
        self.is_root = False
        self.given: Any = None
        self.started = time.perf_counter()

    @property
    def duration_ms(self) -> int:
        return round((time.perf_counter() - self.started) * 1_000)


class LangGraphRecorder(BaseCallbackHandler):
    """Nothing here waits, so that it may run where the graph does, which keeps its contexts."""

    run_inline = True

    def __init__(self, agent: HookAgent) -> None:
        self._scopes: Recent[UUID, _Scope] = Recent(MAX_OPEN)
        self.record_with(agent)

    def record_with(self, agent: HookAgent) -> None:
        """Records with this agent from now on; what waits has been recorded with another one."""
        self.agent = agent
        self._paused: Recent[tuple[str, str], GraphRun] = Recent(MAX_PAUSED)

    @property
    def size(self) -> int:
        """What is under way now."""
        return len(self._scopes)

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        name = str(kwargs.get("name") or (serialized or {}).get("name") or "chain")
        about = metadata or {}
        parent = self._scopes.get(parent_run_id)
        if parent is None:
            scope = self._begin_run(name, inputs, about)
        elif parent.run is not None and about.get("langgraph_node") == name and _is_node(tags):
            scope = self._begin_node(name, inputs, about, parent, parent.run)
        else:
            scope = _Scope(parent.run, parent.context)
        self._scopes.put(run_id, scope)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        scope = self._end(run_id)
        if scope is None or scope.run is None:
            return
        if scope.step is not None:
            scope.step.complete(outputs)
        elif scope.is_root:
            self._leave(scope.run, {"output": outputs})

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        scope = self._end(run_id)
        if scope is None or scope.run is None:
            return
        if isinstance(error, GraphInterrupt):
            self._pause(scope, scope.run, error)
        elif scope.step is not None and isinstance(error, GraphBubbleUp):
            # A command to the graph above: the node has done its part.
            scope.step.complete(None)
        elif scope.step is not None:
            scope.run.failures[scope.name] += 1
            scope.step.fail(error)
        elif scope.is_root and isinstance(error, GeneratorExit):
            self._leave(scope.run, end_by(error))
        elif scope.is_root:
            self._finish(scope.run, end_by(error))

    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self._begin(run_id, parent_run_id, (metadata or {}).get("ls_model_name"))

    def on_llm_start(
        self,
        serialized: dict[str, Any] | None,
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self._begin(run_id, parent_run_id, (metadata or {}).get("ls_model_name"))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        scope = self._end(run_id)
        if scope is None:
            return
        for generations in response.generations:
            for generation in generations[:1]:
                told = response_of(generation, scope.given)
                marks = _marks(scope.context)
                self.agent.log_response({**told, **marks, "durationMs": scope.duration_ms})

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        scope = self._end(run_id)
        if scope is not None:
            failed = {"type": "error", "model": scope.given, "error": message_of(error)}
            self.agent.log_action({**failed, **_marks(scope.context), "durationMs": scope.duration_ms})

    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        tool = kwargs.get("name") or (serialized or {}).get("name") or "tool"
        given = {"tool": tool, "input": input_str if inputs is None else inputs}
        if kwargs.get("tool_call_id") is not None:
            given["toolUseId"] = kwargs["tool_call_id"]
        self._begin(run_id, parent_run_id, given)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self._end_tool(run_id, tool_output(output))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        if isinstance(error, GraphBubbleUp):
            self._end_tool(run_id, {"paused": isinstance(error, GraphInterrupt)})
        else:
            self._end_tool(run_id, {"error": message_of(error)})

    def _begin_run(self, name: str, inputs: Any, about: dict[str, Any]) -> _Scope:
        agent_id = id_part(name)
        thread = about.get("thread_id")
        paused_key = None if thread is None else (agent_id, str(thread))
        waiting = self._paused.take(paused_key)
        goes_on = is_going_on(inputs, waiting)
        if waiting is not None and not goes_on:
            anew = {"status": "cancelled", "error": "the graph began anew while it waited"}
            self._finish(waiting, anew)
        if waiting is not None and goes_on:
            run = waiting
        else:
            start = {"agentId": agent_id, "flow": name[:MAX_FLOW_CHARS], "role": "graph", "provider": "langgraph"}
            thread_id = {} if paused_key is None else {"threadId": paused_key[1]}
            run = GraphRun(self.agent.start_run({**start, "input": inputs, **thread_id}), paused_key)
        run.resume()
        context = Context(agent_id, run.run_id)
        if goes_on:
            self._tell_resumed(inputs, context, paused_key)
        # Its context is not entered: whoever reads its stream may leave it, and goes on with something else.
        scope = _Scope(run, context)
        scope.is_root = True
        return scope

    def _tell_resumed(self, inputs: Any, context: Context, paused_key: tuple[str, str] | None) -> None:
        """Of the graph, whatever node of it may be at work here; the thread tells what waited in another process."""
        thread_id = {} if paused_key is None else {"threadId": paused_key[1]}
        token = enter(context)
        self.agent.log_action({"type": "run_resumed", "input": inputs, **thread_id})
        leave(token)

    def _begin_node(self, name: str, inputs: Any, about: dict[str, Any], parent: _Scope, run: GraphRun) -> _Scope:
        # Its last part names the task, also when the graph goes on after an interrupt.
        task = str(about.get("langgraph_checkpoint_ns", "")).rpartition(":")[2]
        key = f"{id_part(name)}-{task[-12:]}"
        failures = run.failures[key]
        metadata = {"step": about.get("langgraph_step"), "attempt": failures + 1}
        options = NodeOptions(
            run_id=run.run_id,
            node_id=key if failures == 0 else f"{key}.{failures + 1}",
            node_type="graph_node",
            input=inputs,
            metadata=metadata,
        )
        token = enter(parent.context)
        step = self.agent.begin_node(name, run.run_id, options)
        leave(token)
        # A graph inside a node is how that node's agent works: what it does is the agent's.
        agent_id = id_part(name) if parent.context.node_id is None else parent.context.agent_id
        return self._enter(_Scope(run, Context(agent_id, run.run_id, step.node_id), step, key))

    def _pause(self, scope: _Scope, run: GraphRun, interrupt: GraphInterrupt) -> None:
        interrupts = interrupts_of(interrupt)
        fresh = run.pause(interrupts)
        if scope.step is not None:
            scope.step.pause(values_of(interrupts))
        if fresh:
            self.agent.log_action({"type": "run_paused", "input": values_of(fresh), **_marks(scope.context)})
        if scope.is_root:
            self._leave(run, {})

    def _leave(self, run: GraphRun, end: dict[str, Any]) -> None:
        """The graph has returned: at its end, or to wait."""
        if not run.is_paused:
            self._finish(run, end)
        elif run.paused_key is not None:
            self._paused.put(run.paused_key, run)
        else:
            why = "the graph waits, with no thread to go on in"
            self._finish(run, {**end, "status": "cancelled", "error": why})

    def _finish(self, run: GraphRun, end: dict[str, Any]) -> None:
        self.agent.complete_run(run.run_id, {**end, "durationMs": run.duration_ms})

    def _begin(self, run_id: UUID, parent_run_id: UUID | None, given: Any) -> None:
        parent = self._scopes.get(parent_run_id)
        scope = _Scope(parent.run, parent.context) if parent else _Scope(None, current_context())
        scope.given = given
        self._scopes.put(run_id, scope)

    def _end_tool(self, run_id: UUID, outcome: dict[str, Any]) -> None:
        scope = self._end(run_id)
        if scope is not None:
            called = {"type": "tool_call", **scope.given, **outcome}
            self.agent.log_action({**called, **_marks(scope.context), "durationMs": scope.duration_ms})

    def _enter(self, scope: _Scope) -> _Scope:
        scope.token = enter(scope.context)
        return scope

    def _end(self, run_id: UUID) -> _Scope | None:
        scope = self._scopes.take(run_id)
        if scope is not None and scope.token is not None:
            leave(scope.token)
        return scope


def record_with(agent: HookAgent) -> None:
    """Records with another agent than the one the environment describes, from now on."""
    recorder.record_with(agent)


def _is_node(tags: list[str] | None) -> bool:
    return any(tag.startswith("graph:step") for tag in tags or ())


def _marks(context: Context) -> dict[str, str]:
    marks = {"agentId": context.agent_id, "runId": context.run_id, "nodeId": context.node_id}
    return {name: value for name, value in marks.items() if value is not None}


recorder = LangGraphRecorder(hook_agent)
_recorder: ContextVar[BaseCallbackHandler | None] = ContextVar("container_hook_agent_langgraph", default=recorder)
register_configure_hook(_recorder, inheritable=True)
