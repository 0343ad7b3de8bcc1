"""Messages as files, for one machine without a server: kombu's transport, with whole files.

kombu writes a message in place, and a worker may read it half-written and die of it; it makes the
table of an exchange empty and fills it afterwards, and two processes that start together spoil it
for good (kombu 5.7, transport/filesystem.py, `_put` against `_get`, and `_queue_bind`). Here both
appear at once.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: Any, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _queue_bind(self, exchange: Any, routing_key: Any, pattern: Any, queue: Any) -> None:
        row = [routing_key or "", pattern or "", queue or ""]
        with (self.control_folder / ".lock").open("a") as guard:  # closing it lets go
            fcntl.flock(guard, fcntl.LOCK_EX)
            table = [list(known) for known in self.get_table(exchange)]
            if row not in table:
                file = self._exchange_file(exchange)  # type: ignore[attr-defined]
                _write_whole(file, dumps([row, *table]))


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f".{uuid.uuid4()}.draft")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


class Transport(filesystem.Transport):
    Channel = Channel
