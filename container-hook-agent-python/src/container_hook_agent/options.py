"""What an agent is made with, and what stands where nothing is said."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import random as random_between_0_and_1
from typing import Any, Literal

from .encode import encode
from .environment import Environment, read_environment
from .event_id import NewId, create_event_ids
from .redaction import Field, Redactor, Rule
from .transport import HttpTransport, Transport
from .warn_once import Warn, WarnOnce

EXIT_TIMEOUT = 0.05
EXIT_TIMEOUT_WITHOUT_SPOOL = 0.1
# Of what an id has room for.
MAX_TIME_MS = 2**48 - 1


@dataclass(frozen=True, kw_only=True)
class HookAgentOptions:
    """Sizes in bytes, times in seconds.

    service_url, session_id, user_id: from the environment if absent.
    session: what the session is made from if it does not exist yet.
    max_events, max_bytes: the most that is kept in memory unsent.
    spool: the folder for what cannot be sent; from SESSION_SPOOL_DIR if absent; False keeps nothing on disk.
    redaction: False leaves credentials as they are; redaction_rules and _fields come on top of the common ones.
    max_string_bytes: a longer string is cut.
    heartbeat: how often the service is told that the process lives; 0 never tells it.
    exit_timeout: the longest the natural end of the process waits for what is unsent; 0 never waits.
    warn: told in words of each kind of trouble, once; the logger `container_hook_agent` if absent.
    now, random, transport: clock, randomness of the backoff, and the way to the service, for tests.
    """

    service_url: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    session: Mapping[str, Any] = field(default_factory=dict)
    max_events: int = 10_000
    max_bytes: int = 16 * 1024 * 1024
    spool: str | Path | Literal[False] | None = None
    max_spool_bytes: int = 256 * 1024 * 1024
    redaction: bool = True
    redaction_rules: Sequence[Rule] = ()
    redaction_fields: Sequence[Field] = ()
    max_string_bytes: int = 256 * 1024
    heartbeat: float = 30.0
    request_timeout: float = 30.0
    exit_timeout: float | None = None
    warn: Warn | None = None
    now: Callable[[], float] = time.time
    random: Callable[[], float] = random_between_0_and_1
    transport: Transport | None = None


@dataclass(frozen=True)
class Settings:
    """The options with everything decided. Without a transport nothing is recorded."""

    options: HookAgentOptions
    transport: Transport | None
    session_id: str
    create: Mapping[str, Any]
    spool: Path | None
    redactor: Redactor | None
    exit_timeout: float
    now_ms: Callable[[], int]
    new_id: NewId
    warn_once: WarnOnce


def resolve_settings(options: HookAgentOptions, env: Mapping[str, str]) -> Settings:
    """Never raises: without an address to send to it warns once and nothing is recorded."""
    environment = read_environment(env)
    warn_once = WarnOnce(options.warn)
    now_ms = _sound(options.now)
    new_id = create_event_ids(now_ms)
    transport = options.transport or _connect(options, environment, lambda: now_ms() / 1_000, warn_once)
    given_id = options.session_id or environment.session_id
    session_id = given_id or f"session-{new_id()}"
    if transport is not None and given_id is None:
        warn_once("session id", f"SESSION_ID is not set: recording as {session_id}")
    user_id = options.user_id or environment.user_id or "unknown"
    sandbox = {"sandboxId": environment.sandbox_id} if environment.sandbox_id else {}
    spool = _spool_folder(options, environment)
    default_exit = EXIT_TIMEOUT if spool else EXIT_TIMEOUT_WITHOUT_SPOOL
    return Settings(
        options=options,
        transport=transport,
        session_id=session_id,
        create=json.loads(encode({"userId": user_id, **sandbox, **options.session})),
        spool=spool,
        redactor=_redactor(options, warn_once),
        exit_timeout=default_exit if options.exit_timeout is None else options.exit_timeout,
        now_ms=now_ms,
        new_id=new_id,
        warn_once=warn_once,
    )


def _sound(now: Callable[[], float]) -> Callable[[], int]:
    """A clock that raises, or tells no time, must not break the host's own work."""

    def now_ms() -> int:
        try:
            return max(0, min(int(now() * 1_000), MAX_TIME_MS))
        except Exception:
            return int(time.time() * 1_000)

    return now_ms


def _spool_folder(options: HookAgentOptions, environment: Environment) -> Path | None:
    if options.spool is False:
        return None
    folder = options.spool or environment.spool_folder
    if folder == "off":
        return None
    if folder:
        return Path(folder)
    try:
        state = Path(environment.state_folder or "~/.local/state").expanduser()
    except RuntimeError:
        # A user without a home.
        return None
    return state / "container-hook-agent"


def _redactor(options: HookAgentOptions, warn_once: WarnOnce) -> Redactor | None:
    if not options.redaction:
        return None
    try:
        return Redactor(options.redaction_rules, options.redaction_fields)
    except Exception as error:
        warn_once("redaction", f"the configured rules of redaction cannot be used: {error}")
        return Redactor()


def _connect(
    options: HookAgentOptions, environment: Environment, now: Callable[[], float], warn_once: WarnOnce
) -> Transport | None:
    service_url = options.service_url or environment.service_url
    if service_url is None:
        warn_once("not recorded", "SESSION_SERVICE_URL is not set: nothing is recorded")
        return None
    try:
        return HttpTransport(service_url, options.request_timeout, now)
    except Exception:
        warn_once(
            "not recorded",
            f"{service_url} is no address such as http://127.0.0.1:9000: nothing is recorded",
        )
        return None
