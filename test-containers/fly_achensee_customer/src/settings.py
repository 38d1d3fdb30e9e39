import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True)
class Settings:
    workspace: Path
    base_url: str
    api_key: str
    model: str
    today: date


def read_settings() -> Settings:
    return Settings(
        workspace=Path(os.environ.get("WORKSPACE") or "/workspace"),
        base_url=os.environ.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com",
        api_key=os.environ.get("ANTHROPIC_API_KEY") or "none",
        model=os.environ.get("MODEL") or "claude-sonnet-4-6",
        today=date.fromisoformat(os.environ.get("TODAY") or "2026-06-18"),
    )


def model_of(settings: Settings) -> BaseChatModel:
    return ChatAnthropic(
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key,
        max_tokens=1_024,
        timeout=600,
        stop=None,
    )
