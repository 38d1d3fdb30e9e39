"""The agent the environment describes, made at the first call: importing this package does nothing."""

from .agent import HookAgent

hook_agent = HookAgent(is_lazy=True)
