"""Puts an agent on record in the session storage service, without ever harming the agent."""

from .agent import HookAgent
from .async_agent import AsyncHookAgent
from .context import Context, in_context
from .delivery import Delivery, Finalization
from .environment_agent import hook_agent
from .options import HookAgentOptions
from .pipeline import Pipeline, PipelineRun
from .retry_delay import Answer, NoAnswer, Reply
from .runs import NodeOptions
from .strict import NotStored
from .transport import Transport

__all__ = [
    "Answer",
    "AsyncHookAgent",
    "Context",
    "Delivery",
    "Finalization",
    "HookAgent",
    "HookAgentOptions",
    "NoAnswer",
    "NodeOptions",
    "NotStored",
    "Pipeline",
    "PipelineRun",
    "Reply",
    "Transport",
    "hook_agent",
    "in_context",
]
