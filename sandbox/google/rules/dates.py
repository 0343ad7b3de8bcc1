"""Checks of campaign start and end: format, order, whole days, not in the past."""

import datetime as dt

from sandbox.google.errors import Problem
from sandbox.google.rules.shared import Problems, ResourceChange, field_path
from sandbox.google.store import parse_date_time

_DAY_START = dt.time(0, 0, 0)
_DAY_END = dt.time(23, 59, 59)


def check_dates(change: ResourceChange) -> Problems:
    if not (change.sets("start_date_time") or change.sets("end_date_time")):
        return
    moments: dict[str, dt.datetime] = {}
    for name in ("start_date_time", "end_date_time"):
        text = getattr(change.message, name)
        try:
            if text:
                moments[name] = parse_date_time(text)
        except ValueError:
            message = f"'{text}' is not of the form yyyy-MM-dd HH:mm:ss."
            code = "INVALID_STRING_DATE_TIME_SECONDS"
            yield Problem("date_error", code, message, field_path(name), text)
            return
    start, end = moments.get("start_date_time"), moments.get("end_date_time")
    yield from _check_start(change, start)
    yield from _check_end(change, end)
    if start is not None and end is not None and end < start:
        message = "The campaign would end before it starts."
        path = field_path("end_date_time")
        yield Problem("date_range_error", "START_DATE_AFTER_END_DATE", message, path)


def _check_start(change: ResourceChange, start: dt.datetime | None) -> Problems:
    path = field_path("start_date_time")
    if start is None or not change.sets("start_date_time"):
        return
    today = change.batch.store.today()
    if change.before is not None and _has_started(change, today):
        if change.before.start_date_time != change.message.start_date_time:
            message = "The campaign has started; its start cannot be moved."
            code = "CANNOT_MODIFY_START_DATE_IF_ALREADY_STARTED"
            yield Problem("campaign_error", code, message, path)
    elif start.date() < today:
        message = f"The start is in the past; today is {today} in the account's time zone."
        yield Problem("campaign_error", "CANNOT_SET_DATE_TO_PAST", message, path)
    if start.time() != _DAY_START:
        message = "This type of campaign starts at 00:00:00."
        code = "DATE_RANGE_ERROR_START_TIME_MUST_BE_THE_START_OF_A_DAY"
        yield Problem("date_error", code, message, path)


def _check_end(change: ResourceChange, end: dt.datetime | None) -> Problems:
    path = field_path("end_date_time")
    if end is None or not change.sets("end_date_time"):
        return
    if end.date() < change.batch.store.today():
        message = "The end is in the past."
        yield Problem("campaign_error", "CANNOT_SET_DATE_TO_PAST", message, path)
    if end.time() != _DAY_END:
        message = "This type of campaign ends at 23:59:59."
        code = "DATE_RANGE_ERROR_END_TIME_MUST_BE_THE_END_OF_A_DAY"
        yield Problem("date_error", code, message, path)


def _has_started(change: ResourceChange, today: dt.date) -> bool:
    before = change.before
    if before is None:
        return False
    return not before.start_date_time or parse_date_time(before.start_date_time).date() <= today
