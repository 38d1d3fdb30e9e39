"""What models and tools answer in LangChain, in the words of the service."""

from typing import Any

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, Generation


def response_of(generation: Generation, model: str | None) -> dict[str, Any]:
    if not isinstance(generation, ChatGeneration) or not isinstance(generation.message, AIMessage):
        return {"content": generation.text, "model": model}
    message = generation.message
    said = message.response_metadata
    told: dict[str, Any] = {
        "content": str(message.text),
        "model": said.get("model_name") or said.get("model") or model,
    }
    if message.usage_metadata is not None:
        told["usage"] = _usage(message.usage_metadata)
    if message.tool_calls:
        told["toolCalls"] = [{name: call.get(name) for name in ("id", "name", "args")} for call in message.tool_calls]
    return told


def tool_output(output: Any) -> dict[str, Any]:
    if not isinstance(output, ToolMessage):
        return {"output": output}
    told: dict[str, Any] = {"toolUseId": output.tool_call_id, "output": output.content}
    if output.status == "error":
        told["error"] = str(output.text)
    return told


def _usage(usage: UsageMetadata) -> dict[str, int]:
    """LangChain counts what was cached as input as well; the service counts it apart."""
    details = usage.get("input_token_details") or {}
    read, written = details.get("cache_read") or 0, details.get("cache_creation") or 0
    told = {
        "inputTokens": max(0, usage["input_tokens"] - read - written),
        "outputTokens": usage["output_tokens"],
    }
    cached = {"cacheReadTokens": read, "cacheWriteTokens": written}
    return {**told, **{name: count for name, count in cached.items() if count}}
