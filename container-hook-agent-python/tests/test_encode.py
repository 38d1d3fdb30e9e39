import dataclasses
import json
from collections import OrderedDict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from container_hook_agent import snapshot
from container_hook_agent.encode import MAX_DEPTH, encode


def told(value: Any) -> Any:
    """What the service is told of a value that is recorded."""
    return json.loads(encode(snapshot.restore(snapshot.take(value))))


class Colour(str, Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    inner: Any


class Silent:
    def __str__(self) -> str:
        raise RuntimeError("no")


class Model:
    def model_dump(self) -> dict[str, Any]:
        return {"kind": "model"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.5, "x", None, True]}, {"a": [1, 2.5, "x", None, True]}),
        ((1, (2,)), [1, [2]]),
        (
            {2: "int", None: "none", True: "bool", b"b": "x"},
            {"2": "int", "null": "none", "true": "bool", "[1 bytes]": "x"},
        ),
        (float("nan"), None),
        ([float("inf"), -float("inf")], [None, None]),
        (12345678901234567890, "12345678901234567890"),
        (2**53 - 1, 2**53 - 1),
        (b"abc", "[3 bytes]"),
        (bytearray(4), "[4 bytes]"),
        ({"only"}, ["only"]),
        (datetime(2026, 1, 2, 3, 4, 5, 678_900, timezone(timedelta(hours=2))), "2026-01-02T01:04:05.678Z"),
        (datetime(2026, 1, 2), "2026-01-02T00:00:00.000"),
        (date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.10"), "1.10"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Path("/a/b"), "/a/b"),
        (Colour.RED, "red"),
        (OrderedDict(a=1), {"a": 1}),
        (Point(1, Point(2, None)), {"x": 1, "inner": {"x": 2, "inner": None}}),
        (ValueError("bad"), {"name": "ValueError", "message": "bad"}),
        (Silent(), "[unreadable]"),
        ([Silent(), 1], ["[unreadable]", 1]),
        (Model(), {"kind": "model"}),
        (told, "[told]"),
        ("\ud800 lone", "\ud800 lone"),
        (len, "[len]"),
        (2j, "2j"),
    ],
)
def test_a_value_is_told_as_far_as_json_can(value: Any, expected: Any) -> None:
    assert told(value) == expected


def test_a_whole_number_that_python_would_not_write_down_is_described() -> None:
    assert told([10**20_000]) == ["[whole number of 66439 bits]"]


def test_a_cycle_is_named_where_it_closes() -> None:
    cycle: dict[str, Any] = {"list": []}
    cycle["list"].append(cycle)
    assert told(cycle) == {"list": ["[circular]"]}


def test_a_cycle_of_objects_is_named_as_well() -> None:
    point = Point(1, None)
    point.inner = point
    assert told(point) == {"x": 1, "inner": "[circular]"}


def test_what_is_nested_too_deep_for_the_service_is_cut() -> None:
    deep: Any = "bottom"
    for _ in range(5_000):
        deep = [deep]
    depth = 0
    found = told(deep)
    while isinstance(found, list):
        found, depth = found[0], depth + 1
    assert (found, depth) == ("[nested too deep]", MAX_DEPTH)


def test_a_graph_that_unfolds_without_end_is_bounded() -> None:
    unfolding: Any = ["x"]
    for _ in range(50):
        unfolding = [unfolding, unfolding]
    assert len(encode(snapshot.restore(snapshot.take(unfolding)))) < 2_000_000


def test_what_changes_after_the_call_is_not_recorded() -> None:
    action = {"type": "note", "list": [1]}
    taken = snapshot.take(action)
    action["list"].append(2)  # type: ignore[attr-defined]
    assert snapshot.restore(taken) == {"type": "note", "list": [1]}
