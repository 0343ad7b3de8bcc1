"""Checks and defaults of campaign budgets (Google Ads API v26, CampaignBudgetService)."""

from sandbox.google import kinds
from sandbox.google.batch import MutateBatch
from sandbox.google.errors import Path, Problem, daily_minimum_details
from sandbox.google.fields import get_enum, set_enum
from sandbox.google.rules.shared import (
    UNIT,
    Message,
    Problems,
    ResourceChange,
    ResourceRules,
    billable_unit,
    field_path,
    required_problem,
)

_MAX_MICROS = 10**9 * UNIT
_ERROR = "campaign_budget_error"


def _check(change: ResourceChange) -> Problems:
    yield from _check_amount(change)
    yield from _check_name(change)
    yield from _check_sharing(change)
    if get_enum(change.message, "delivery_method") == "ACCELERATED":
        message = "Only STANDARD delivery is offered."
        path = field_path("delivery_method")
        yield Problem(_ERROR, "CANNOT_USE_ACCELERATED_DELIVERY_MODE", message, path)


def _check_amount(change: ResourceChange) -> Problems:
    custom = get_enum(change.message, "period") == "CUSTOM_PERIOD"
    required_field = "total_amount_micros" if custom else "amount_micros"
    unset_field = "amount_micros" if custom else "total_amount_micros"
    if change.message.HasField(unset_field):
        code = (
            "BUDGET_AMOUNT_MUST_BE_UNSET_FOR_CUSTOM_BUDGET_PERIOD"
            if custom
            else "TOTAL_BUDGET_AMOUNT_MUST_BE_UNSET_FOR_BUDGET_PERIOD_DAILY"
        )
        yield Problem(
            _ERROR, code, f"{unset_field} does not go with this period.", field_path(unset_field)
        )
    if not change.message.HasField(required_field):
        yield required_problem(field_path(required_field))
    elif change.sets(required_field):
        yield from _check_money(
            change, getattr(change.message, required_field), field_path(required_field)
        )


def _check_money(change: ResourceChange, micros: int, path: Path) -> Problems:
    currency = change.batch.store.account.currency
    unit = billable_unit(currency)
    if micros < 0:
        yield Problem(_ERROR, "NEGATIVE_MONEY_AMOUNT", "The amount is negative.", path)
    elif micros > _MAX_MICROS:
        yield Problem(_ERROR, "MONEY_AMOUNT_TOO_LARGE", "The amount is too large.", path)
    elif micros % unit:
        message = f"The amount must be a multiple of {unit} micros in {currency}."
        yield Problem(_ERROR, "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT", message, path)
    elif micros < UNIT:
        message = f"The budget must be at least {UNIT} micros a day in {currency}."
        details = daily_minimum_details(currency, UNIT, micros)
        yield Problem(_ERROR, "BUDGET_BELOW_PER_DAY_MINIMUM", message, path, details=details)


def _check_name(change: ResourceChange) -> Problems:
    name = change.message.name.strip()
    # Shared is the default: only an explicit False creates a budget for one campaign.
    shared = not change.message.HasField("explicitly_shared") or change.message.explicitly_shared
    if not shared:
        if not change.is_create and change.sets("name"):
            message = "The name of a budget that is not shared follows its campaign's."
            code = "CANNOT_MODIFY_FIELD_OF_IMPLICITLY_SHARED_CAMPAIGN_BUDGET"
            yield Problem(_ERROR, code, message, field_path("name"))
    elif not name:
        yield required_problem(field_path("name"))
    elif len(name.encode()) > 255:
        message = "The name may have 255 bytes."
        yield Problem("string_length_error", "TOO_LONG", message, field_path("name"), name)
    elif change.sets("name") and _name_exists(change, name):
        message = f"Another shared budget is named '{name}'."
        yield Problem(_ERROR, "DUPLICATE_NAME", message, field_path("name"), name)


def _name_exists(change: ResourceChange, name: str) -> bool:
    store = change.batch.store
    for key in store.keys(kinds.BUDGET):
        other = store.get(kinds.BUDGET, key)
        if other is None or not other.explicitly_shared or other.name != name:
            continue
        if get_enum(other, "status") != "REMOVED" and str(change.message.id) != key:
            return True
    return False


def _check_sharing(change: ResourceChange) -> Problems:
    before = change.before
    if before is None or before.explicitly_shared == change.message.explicitly_shared:
        return
    path = field_path("explicitly_shared")
    if before.explicitly_shared:
        message = "A shared budget can never become one that is not shared."
        yield Problem(_ERROR, "CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_IMPLICITLY_SHARED", message, path)
    elif "name" not in change.fields:
        message = "A budget that becomes shared needs a name in the same operation."
        code = "CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_EXPLICITLY_SHARED_WITHOUT_NAME"
        yield Problem(_ERROR, code, message, path)


def _set_defaults(_: MutateBatch, message: Message) -> None:
    if not message.HasField("explicitly_shared"):
        message.explicitly_shared = True
    if get_enum(message, "period") == "UNSPECIFIED":
        set_enum(message, "period", "DAILY")
    for name, value in (("delivery_method", "STANDARD"), ("type", "STANDARD")):
        if get_enum(message, name) == "UNSPECIFIED":
            set_enum(message, name, value)
    set_enum(message, "status", "ENABLED")


def _check_remove(batch: MutateBatch, key: str, _: Message) -> Problems:
    if batch.store.campaigns_with_budget(key):
        message = "Campaigns use this budget; remove them or give them another one."
        yield Problem(_ERROR, "CAMPAIGN_BUDGET_IN_USE", message)


def _new_key(batch: MutateBatch, _: Message) -> str:
    return batch.store.world.new_id("google")


RULES = ResourceRules(_check, _new_key, _set_defaults, _check_remove)
