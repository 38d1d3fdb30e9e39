"""What the hook agents of all languages tell of the same graphs: nodes by their names, without ids and times."""

import json
from pathlib import Path
from typing import Any

Record = dict[str, Any]

_CONTRACT = Path(__file__, "../../../../container-hook-agent/contract/graphs.json").resolve()
GRAPH_STORIES: dict[str, Any] = json.loads(_CONTRACT.read_text())


def story_of(
    runs: list[Record], nodes: list[Record], actions: list[Record], responses: list[Record]
) -> dict[str, list[Record]]:
    names = {node["nodeId"]: node["name"] for node in nodes}

    def within(entry: Record) -> Record:
        return {"agentId": entry.get("agentId"), "node": names.get(entry.get("nodeId"))}

    return {
        "runs": [_pick(run, "flow", "agentId", "role", "provider", "status", "error", "tokensUsed") for run in runs],
        "nodes": [
            {
                **_pick(node, "name", "nodeType", "status", "error"),
                **_without({"under": names.get(node.get("parentNodeId")), **node["metadata"], "step": None}),
                **_without({"notes": (node.get("output") or {}).get("notes")}),
            }
            for node in nodes
        ],
        "actions": [
            {
                **_pick(action, "type", "tool", "toolUseId", "threadId", "output", "error", "by"),
                **_without({"input": _given(action.get("input")), **within(action)}),
            }
            for action in actions
        ],
        "responses": [
            {**_pick(response, "content", "model", "usage", "toolCalls"), **_without(within(response))}
            for response in responses
        ],
    }


def _given(value: Any) -> Any:
    """A command says in each language what it does not order."""
    return {"resume": value["resume"]} if isinstance(value, dict) and "resume" in value else value


def _pick(source: Record, *names: str) -> Record:
    return _without({name: source.get(name) for name in names})


def _without(fields: Record) -> Record:
    return {name: value for name, value in fields.items() if value is not None}
