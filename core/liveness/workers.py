"""A thread in each worker's main process writes its signs of life, and looks after the others."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from django.db import connection

from core.liveness.heartbeats import EVERY_SECONDS, note, tell, tried

_stopping = threading.Event()


@worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    """Not by a task: a lane whose tasks all wait for a vendor is alive. A frozen process writes
    nothing."""
    queues = tuple(sender.app.amqp.queues.consume_from)
    threading.Thread(target=_live, args=(queues,), daemon=True, name="signs of life").start()


@worker_shutting_down.connect
def _end(**_: Any) -> None:
    _stopping.set()


def _live(queues: tuple[str, ...]) -> None:
    while not _stopping.is_set():
        for queue in queues:
            tried(partial(note, queue))
        tried(tell)
        connection.close()  # children that are forked later must not inherit it
        _stopping.wait(EVERY_SECONDS)
