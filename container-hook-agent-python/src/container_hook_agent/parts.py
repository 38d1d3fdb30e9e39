"""What an agent is made of in one process. A forked child makes its own."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import quote

from .backlog import Backlog
from .delivery import Delivery
from .options import HookAgentOptions, Settings, resolve_settings
from .outbox import Outbox
from .recording import Recording
from .sealing import Sealer
from .slices import in_slices
from .spool import Spool
from .spooler import Spooler
from .uploader import Uploader


class Parts:
    def __init__(self, options: HookAgentOptions, env: Mapping[str, str] | None) -> None:
        self.settings = settings = resolve_settings(options, os.environ if env is None else env)
        self.sealer = Sealer(settings.redactor, options.max_string_bytes)
        self.outbox = Outbox(options.max_events, options.max_bytes, self.sealer)
        self.backlog = _create_backlog(settings, self.outbox, self.sealer)
        self.uploader = _create_uploader(settings, self.backlog, self.sealer)
        self.spooler = Spooler(self.backlog) if self.backlog.has_spool else None
        self.recording = Recording(self.backlog, settings.now_ms, settings.new_id, settings.warn_once, self._queued)
        if self.uploader is None:
            self.outbox.is_closed = True
            return
        # Where the interpreter is ending and starts no more threads, the end itself puts all on disk.
        with suppress(RuntimeError):
            self.uploader.start()
            if self.spooler is not None:
                self.spooler.start()
                # What a former process left is sent although nothing may be recorded.
                self.uploader.wake()

    def _queued(self) -> None:
        if self.uploader is not None:
            self.uploader.wake()
        if self.spooler is not None:
            self.spooler.wake()

    def delivery(self) -> Delivery:
        totals = self.backlog.totals
        return Delivery(
            totals.sent,
            totals.pending,
            totals.spooled,
            totals.dropped,
            totals.rejected,
            self.sealer.redacted,
        )

    def seal_until(self, is_over: Callable[[], bool]) -> None:
        """For who waits at the end of the process: what is sealed by then is soon put on disk."""
        in_slices(lambda enough: is_over() or self.backlog.seal_all(enough))

    def let_go(self) -> Delivery:
        """Ends what goes on by itself; what is unsent is on disk then."""
        if self.spooler is not None:
            self.spooler.stop()
        if self.uploader is not None:
            self.uploader.stop()
        self.backlog.release()
        while self.backlog.spill(1_000, lambda: False):
            pass
        last = self.delivery()
        self.backlog.end(1.0)
        return last


def _create_backlog(settings: Settings, outbox: Outbox, sealer: Sealer) -> Backlog:
    producer_id = settings.new_id()
    spool = None
    if settings.spool is not None and settings.transport is not None:
        spool = Spool(
            settings.spool,
            settings.session_id,
            producer_id,
            settings.options.max_spool_bytes,
            settings.warn_once,
        )
    return Backlog(outbox, spool, producer_id, sealer)


def _create_uploader(settings: Settings, backlog: Backlog, sealer: Sealer) -> Uploader | None:
    if settings.transport is None:
        return None
    # Whose session it is stays as it was given.
    whose = {"userId": settings.create["userId"]}
    about = {name: value for name, value in settings.create.items() if name != "userId"}
    return Uploader(
        backlog,
        settings.transport,
        f"/api/sessions/{quote(settings.session_id, safe='')}/batch",
        {**whose, **sealer.document(about)},
        settings.options.heartbeat,
        settings.options.random,
        settings.warn_once,
    )
