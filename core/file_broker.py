"""kombu's file transport with atomic writes: a broker for one machine without a server.

kombu writes a message in place, so a worker may read a partial message and crash; it creates the
table of an exchange empty and fills it later, so two processes that start at the same time can
corrupt it (kombu 5.7, transport/filesystem.py, `_put` against `_get`, and `_queue_bind`). Here
both files are written atomically.
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
        _write_atomically(Path(self.data_folder_out) / name, dumps(payload))

    def _queue_bind(self, exchange: Any, routing_key: Any, pattern: Any, queue: Any) -> None:
        row = [routing_key or "", pattern or "", queue or ""]
        with (self.control_folder / ".lock").open("a") as lock:  # closing it releases the lock
            fcntl.flock(lock, fcntl.LOCK_EX)
            table = [list(entry) for entry in self.get_table(exchange)]
            if row not in table:
                file = self._exchange_file(exchange)  # type: ignore[attr-defined]
                _write_atomically(file, dumps([row, *table]))


def _write_atomically(path: Path, text: str) -> None:
    temporary = path.with_name(f".{uuid.uuid4()}.draft")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


class Transport(filesystem.Transport):
    Channel = Channel
