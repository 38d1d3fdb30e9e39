import re
import threading
from uuid import UUID

from container_hook_agent.event_id import create_event_ids

UUID_7 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


def test_ids_are_uuids_of_version_7_with_the_time() -> None:
    made = create_event_ids(lambda: 0x0123456789AB)()
    assert UUID_7.match(made)
    assert UUID(made).int >> 80 == 0x0123456789AB


def test_ids_sort_as_they_were_made_within_a_millisecond_and_when_the_clock_steps_back() -> None:
    times = iter([1_000] * 10_000 + [999, 5, 2_000])
    new_id = create_event_ids(lambda: next(times))
    made = [new_id() for _ in range(10_003)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_make_the_same_id() -> None:
    new_id = create_event_ids(lambda: 1)
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(new_id() for _ in range(5_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 20_000
