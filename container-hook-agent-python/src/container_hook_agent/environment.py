"""Where a process of an agent reports to, as its container says."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """`spool_folder` is for what cannot be sent; `off`: nowhere. `state_folder`: of this user's programs.
    `sandbox_id` is the container, by a name that people know."""

    service_url: str | None
    session_id: str | None
    user_id: str | None
    sandbox_id: str | None
    spool_folder: str | None
    state_folder: str | None


def read_environment(env: Mapping[str, str]) -> Environment:
    """Set but empty is as good as not set."""
    return Environment(
        service_url=env.get("SESSION_SERVICE_URL") or None,
        session_id=env.get("SESSION_ID") or None,
        user_id=env.get("SESSION_USER_ID") or None,
        sandbox_id=env.get("SESSION_SANDBOX_ID") or None,
        spool_folder=env.get("SESSION_SPOOL_DIR") or None,
        state_folder=env.get("XDG_STATE_HOME") or None,
    )
