"""Messages as files, for one machine without a server: kombu's transport, with whole messages.

kombu writes a message in place, and a worker may read it half-written and die of it
(kombu 5.7, transport/filesystem.py, `_put` against `_get`). Here a message appears at once.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):  # type: ignore[misc]
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        folder = Path(self.data_folder_out)
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        draft = folder / f".{name}.draft"
        draft.write_text(dumps(payload), encoding="utf-8")
        os.replace(draft, folder / name)

    def get_table(self, exchange: str) -> Any:
        """An exchange's file may be half-written too: then its bindings are read again later."""
        try:
            return super().get_table(exchange)
        except json.JSONDecodeError:
            return []


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel
