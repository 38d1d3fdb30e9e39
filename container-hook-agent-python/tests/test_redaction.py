import json
import re
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from container_hook_agent import snapshot
from container_hook_agent.event import RecordedEvent
from container_hook_agent.redaction import Redactor, shared_rules
from container_hook_agent.sealing import MAX_EVENT_BYTES, Sealer
from support.storage_service import REPOSITORY

RULES: list[dict[str, Any]] = json.loads(
    Path(REPOSITORY, "session-protocol", "redaction", "rules.json").read_text("utf8")
)["rules"]
HITS = [(hit["text"], hit["expected"], rule["kind"]) for rule in RULES for hit in rule["hits"]]
MISSES = [miss for rule in RULES for miss in rule["misses"]]
KEY = "AKIA" + "Q2W3E4R5" * 2

redactor = Redactor()


def sealed(data: dict[str, Any], max_string_bytes: int = 1_000) -> tuple[Any, int]:
    """The event's data as it leaves the process, and how many credentials were taken out."""
    seal = Sealer(redactor, max_string_bytes)
    taken = snapshot.take(("action", "1", 0, None, data, None))
    event = seal(RecordedEvent(taken, len(taken)))
    assert event.bytes == len(event.line) + 1
    found = json.loads(event.line)["data"]
    assert found.pop("timestamp") == "1970-01-01T00:00:00.000Z"
    return found, seal.redacted


def test_the_package_has_the_rules_all_languages_share() -> None:
    assert shared_rules()["rules"] == RULES


@pytest.mark.parametrize(("text", "expected", "kind"), HITS)
def test_a_credential_is_taken_out(text: str, expected: str, kind: str) -> None:
    hits: list[str] = []
    assert redactor.text(text, hits.append) == expected
    assert kind in hits
    assert redactor.may_match(json.dumps(text))


@pytest.mark.parametrize(("text", "expected", "_kind"), HITS)
def test_the_rules_that_concern_a_text_take_out_of_its_parts_what_all_do(text: str, expected: str, _kind: str) -> None:
    everything = json.dumps({"é": [hit[0] for hit in HITS]})
    for whole in (json.dumps(text), everything):
        assert redactor.among(whole).text(text, lambda _kind: None) == expected


@pytest.mark.parametrize(
    "text", ["https://example.org/a?b", "the task-list of a desk-top", "xoxo", "a secret", "K-9 A_I"]
)
def test_an_address_was_looked_through_as_if_there_were_a_password_in_it(text: str) -> None:
    assert not redactor.may_match(json.dumps({"text": text}))


@pytest.mark.parametrize("hint", ["", "_", "zz", "a-b", "(x"])
def test_a_configured_hint_is_found_wherever_it_stands(hint: str) -> None:
    own = Redactor([{"kind": "own", "pattern": f"{re.escape(hint)}[0-9]+", "flags": "", "hints": [hint]}])
    for text in (f"{hint}12", f"é {hint}12", f"AKIA {hint}{hint}12"):
        assert own.may_match(json.dumps(text))
        assert own.among(json.dumps(text)).text(text, lambda _kind: None).endswith("[redacted:own]")


def test_a_name_of_a_field_is_as_harmless_as_it_was_or_not() -> None:
    for _ in range(2):
        data, hits = sealed({KEY: {"password": "hunter2", "command": KEY, "passwords": "many"}})
        assert data == {
            "[redacted:aws-access-key]": {
                "password": "[redacted:password]",
                "command": "[redacted:aws-access-key]",
                "passwords": "many",
            }
        }
        assert hits == 3


@pytest.mark.parametrize("text", MISSES)
def test_what_only_looks_like_a_credential_stays(text: str) -> None:
    assert redactor.text(text, pytest.fail) == text


@pytest.mark.parametrize(
    "unit", ["-----BEGIN PRIVATE KEY-----", "-a", "eyJ.", "://", "a:", "sk-", "bearer ", "authorization: ", "AKIA", "x"]
)
def test_a_megabyte_made_to_be_slow_is_not(unit: str) -> None:
    text = "-----BEGIN PRIVATE KEY-----" + unit * (1_000_000 // len(unit))
    started = time.process_time()
    redactor.text(text, lambda _kind: None)
    assert time.process_time() - started < 3


def test_credentials_are_taken_out_wherever_they_stand_and_counted() -> None:
    data, hits = sealed(
        {
            "command": f"aws --key {KEY} s3 ls",
            KEY: 1,
            "list": ["x", {"deep": "https://u:pw@host/"}],
            "headers": {"Authorization": "opaque", "accept": "*/*", "X_API_KEY": "k"},
        }
    )
    assert data == {
        "command": "aws --key [redacted:aws-access-key] s3 ls",
        "[redacted:aws-access-key]": 1,
        "list": ["x", {"deep": "https://u:[redacted:url-password]@host/"}],
        "headers": {"Authorization": "[redacted:authorization]", "accept": "*/*", "X_API_KEY": "[redacted:api-key]"},
    }
    assert hits == 5


def test_a_long_string_is_cut_with_its_length_and_digest() -> None:
    text = "é" * 1_000
    data, _ = sealed({"text": text, "short": "x"})
    digest = sha256(text.encode()).hexdigest()
    assert data == {"text": "é" * 500 + f"[truncated: 2000 bytes, sha256 {digest}]", "short": "x"}


def test_a_credential_at_the_cut_is_not_left_in_part() -> None:
    data, hits = sealed({"text": "x" * 990 + f" {KEY} " + "y" * 5_000})
    assert KEY[:4] not in data["text"]
    assert hits == 1


def test_an_event_of_many_long_strings_is_cut_until_the_service_takes_it() -> None:
    data, _ = sealed({"texts": ["z" * 200_000] * 12}, 256 * 1024)
    assert len(json.dumps(data)) < MAX_EVENT_BYTES
    assert data["texts"][0].startswith("z" * 65_536)
