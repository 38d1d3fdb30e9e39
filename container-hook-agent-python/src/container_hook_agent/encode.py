"""Values as JSON, whatever they are."""

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timezone
from enum import Enum
from functools import lru_cache
from typing import Any

# The service refuses anything nested deeper than 64; what surrounds the value takes the rest.
MAX_DEPTH = 56
# The most values a copy of what JSON cannot say may hold: a cyclic graph can unfold without end.
MAX_COPIED = 50_000
# The most values that are looked through before the whole is taken for an odd one.
MAX_LOOKED_AT = 300_000
# Other languages read larger whole numbers as something near them.
MAX_SAFE_INTEGER = 2**53 - 1
_TEXT = frozenset((str,))

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode
_encode_text = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False, ensure_ascii=False).encode


def encode(value: Any) -> str:
    """ASCII, so that its length is its bytes."""
    return _encode(value if is_plain(value) else readable(value))


def encode_short(plain: Any) -> bytes:
    """UTF-8 as it is, unless there is text in it that UTF-8 has no bytes for."""
    try:
        return _encode_text(plain).encode()
    except UnicodeEncodeError:
        return _encode(plain).encode()


def is_plain(value: Any) -> bool:
    """Whether JSON says all of it, and says it so that every language reads the same."""
    left = MAX_LOOKED_AT

    def plain(items: Iterable[Any], depth: int) -> bool:
        nonlocal left
        for item in items:
            kind: type = type(item)
            if kind is str or kind is bool or item is None:
                continue
            if kind is dict or kind is list:
                left -= len(item)
                if left < 0 or depth >= MAX_DEPTH or (kind is dict and not _TEXT.issuperset(map(type, item))):
                    return False
                if not plain(item.values() if kind is dict else item, depth + 1):
                    return False
            elif not _is_plain_number(item, kind):
                return False
        return True

    return plain((value,), 0)


def _is_plain_number(item: Any, kind: type) -> bool:
    if kind is int:
        return bool(-MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER)
    return kind is float and math.isfinite(item)


def readable(value: Any) -> Any:
    """A copy with a word for everything: what cannot be said at all is a note in its place. Never raises."""
    copied = 0

    def copy(item: Any, ancestors: tuple[int, ...]) -> Any:
        nonlocal copied
        copied += 1
        if copied > MAX_COPIED:
            return "[left out]"
        try:
            source = describe(item)
        except Exception:
            return "[unreadable]"
        if not isinstance(source, (dict, list)):
            return source
        if id(item) in ancestors:
            return "[circular]"
        if len(ancestors) >= MAX_DEPTH:
            return "[nested too deep]"
        inside = (*ancestors, id(item))
        if isinstance(source, list):
            return [copy(each, inside) for each in source]
        return {_key(key): copy(each, inside) for key, each in source.items()}

    return copy(value, ())


def describe(item: Any) -> Any:
    """One level: a scalar of JSON, or a dict or list of things that are still to be described."""
    if item is None or isinstance(item, bool):
        return item
    if isinstance(item, Enum):
        return describe(item.value)
    if isinstance(item, str):
        return str.__str__(item)
    if isinstance(item, int):
        return _number(int(item))
    if isinstance(item, float):
        return float(item) if math.isfinite(item) else None
    if isinstance(item, Mapping):
        return dict(_first(item.items(), len(item)))
    if isinstance(item, (list, tuple, AbstractSet)):
        return list(_first(item, len(item)))
    return _describe_object(item)


def _describe_object(item: Any) -> Any:
    if isinstance(item, datetime):
        return iso_time(item)
    if isinstance(item, (date, time)):
        return item.isoformat()
    if isinstance(item, (bytes, bytearray, memoryview)):
        return f"[{memoryview(item).nbytes} bytes]"
    if isinstance(item, BaseException):
        # No other attribute: errors of HTTP clients carry whole requests, credentials included.
        return {"name": type(item).__name__, "message": str(item)}
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    if hasattr(type(item), "model_dump"):
        return item.model_dump()
    if callable(item):
        return f"[{getattr(item, '__qualname__', type(item).__qualname__)}]"
    return str(item)


def iso_time(at: datetime) -> str:
    """As JavaScript tells it, in UTC; a time that does not say of which zone it is stays so."""
    if at.tzinfo is None:
        return at.isoformat(timespec="milliseconds")
    return at.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=16)
def iso_ms(ms: int) -> str | None:
    """A broken clock must not break the host's own work."""
    try:
        return iso_time(datetime.fromtimestamp(ms / 1000, timezone.utc))
    except (ValueError, OverflowError, OSError):
        return None


def _number(item: int) -> int | str:
    if -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:
        return item
    # Python itself refuses to write larger ones down, for the time that takes.
    return str(item) if item.bit_length() < 10_000 else f"[whole number of {item.bit_length()} bits]"


def _first(items: Any, count: int) -> Any:
    return items if count <= MAX_COPIED else [item for item, _ in zip(items, range(MAX_COPIED), strict=False)]


def _key(key: Any) -> str:
    try:
        described = describe(key)
        return described if isinstance(described, str) else json.dumps(described)
    except Exception:
        return "[unreadable]"
