"""Reads a query from URL parameters, strictly: what is not known is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from campaigns import selectors
from campaigns.analytics.measures import BY_KEY
from campaigns.analytics.periods import GRAINS
from campaigns.analytics.query import BREAKDOWNS, DEFAULTS, NAMES, Query
from campaigns.models import Campaign
from campaigns.ranges import compared_days, days_of
from campaigns.scope import ONE_ACCOUNT, Scope, currencies_among, names_several
from core.common import dates
from core.common.dates import DEFAULT_RANGE, DayRange
from core.common.errors import InputErrors, InvalidInput
from core.common.paging import page_number
from core.models import Advertiser
from platforms.models import AdAccount, Platform


def read_query(
    given: Mapping[str, str], advertiser: Advertiser
) -> tuple[Query, list[InvalidInput]]:
    """The query, and what of it could not be used: the defaults stand in its place."""
    return _Reader(given, advertiser).query()


def strict_query(given: Mapping[str, str], advertiser: Advertiser) -> Query:
    """Raises InputErrors that name every parameter that cannot be used."""
    query, problems = read_query(given, advertiser)
    if problems:
        raise InputErrors(problems)
    return query


class _Reader:
    """Reads one parameter after the other and gathers the refusals."""

    def __init__(self, given: Mapping[str, str], advertiser: Advertiser) -> None:
        self.given = {name: given[name] for name in NAMES if given.get(name)}
        self.advertiser = advertiser
        self.accounts = selectors.accounts_of(advertiser)
        self.problems: list[InvalidInput] = []
        if names_several(given, "account"):
            self._refuse("account", ONE_ACCOUNT)

    def query(self) -> tuple[Query, list[InvalidInput]]:
        account = self._object("account", self._account)
        campaign = self._object("campaign", self._campaign)
        as_of = self._as_of()
        scope = self._until(as_of, self._scope(account or (campaign.account if campaign else None)))
        account = self._of_scope("account", account, account, scope)
        owner = campaign.account if campaign else None
        campaign = self._of_scope("campaign", campaign, owner, scope)
        compared = self._compared(scope)
        compare = self.given.get("compare", DEFAULTS["compare"])
        chosen = str(account.pk) if account else ""
        found = Query(
            scope=replace(scope, compare=compare, chosen=chosen),
            compare=compare,
            compared=compared,
            metric=self._choice("metric", BY_KEY),
            second=self._choice("second", (*BY_KEY, "none")),
            grain=self._choice("grain", GRAINS),
            breakdown=self._choice("breakdown", BREAKDOWNS),
            account=account,
            campaign=campaign,
            as_of=as_of,
            sort=self._sort(),
            page=self._page(),
            given=self.given,
        )
        return found, self.problems

    def _refuse(self, name: str, why: str) -> None:
        self.problems.append(InvalidInput(why, field=name))
        self.given.pop(name, None)

    def _choice(self, name: str, allowed: Any, default: str = "") -> str:
        value, default = self.given.get(name, ""), default or DEFAULTS.get(name, "")
        if value and value not in allowed:
            known = ", ".join(allowed)
            self._refuse(name, f"{value!r} is not a {name} here. Known are: {known}.")
            return default
        return value or default

    def _scope(self, account: AdAccount | None) -> Scope:
        text = self.given.get("range", DEFAULT_RANGE)
        try:
            days = days_of(text, self.advertiser)
        except InvalidInput as err:
            self._refuse("range", f"{err.user_message} The last 28 days are shown.")
            text, days = DEFAULT_RANGE, days_of(DEFAULT_RANGE, self.advertiser)
        used = currencies_among(self.accounts, self.advertiser)
        default = account.currency if account else used[0]
        currency = self._choice("currency", used, default)
        platform = self._choice("platform", Platform.values)
        return Scope(
            self.advertiser, self.accounts, text, days, platform, currency, account=account
        )

    def _until(self, as_of: date | None, scope: Scope) -> Scope:
        """The range ends with the day that is looked back to: of later ones nothing was known."""
        days = scope.days
        if as_of is None or as_of >= days.last:
            return scope
        return replace(scope, days=DayRange(min(days.first, as_of), as_of))

    def _object(self, name: str, find: Callable[[int], Any]) -> Any:
        """The advertiser's row of that id; none where the parameter is not given."""
        value = self.given.get(name)
        if value is None:
            return None
        number = int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
        found = find(number)
        if found is None:
            self._refuse(name, f"{value!r} is no {name} of {self.advertiser}.")
        return found

    def _account(self, pk: int) -> AdAccount | None:
        return next((account for account in self.accounts if account.pk == pk), None)

    def _campaign(self, pk: int) -> Campaign | None:
        rows = Campaign.objects.filter(pk=pk, account__advertiser=self.advertiser)
        return rows.select_related("account").first()

    def _of_scope(self, name: str, row: Any, owner: AdAccount | None, scope: Scope) -> Any:
        """The row, unless its account does not fit the currency, platform and account."""
        if row is None or owner is None:
            return None
        if owner.currency != scope.currency:
            why = f"is in {owner.currency}; figures are shown in {scope.currency}"
        elif scope.platform not in {"", owner.platform}:
            why = f"is not on {dict(Platform.choices)[scope.platform]}"
        elif name == "campaign" and self.given.get("account", str(owner.pk)) != str(owner.pk):
            why = "is not in the chosen account"
        else:
            return row
        self._refuse(name, f"The {name} “{row}” {why}, so it is left out.")
        return None

    def _compared(self, scope: Scope) -> DayRange | None:
        compare = self.given.get("compare", DEFAULTS["compare"])
        try:
            return compared_days(compare, scope.text, scope.days)
        except InvalidInput as err:
            self._refuse("compare", err.user_message)
        return dates.comparison_range(scope.text, scope.days)

    def _as_of(self) -> date | None:
        text = self.given.get("as_of")
        if text is None:
            return None
        today = dates.today(self.advertiser.time_zone)
        try:
            day = dates.parse_day(text, field="as_of")
        except InvalidInput as err:
            self._refuse("as_of", err.user_message)
            return None
        if day >= today:
            self._refuse(
                "as_of", "Figures can be shown as they were reported on a day before today."
            )
            return None
        return day

    def _sort(self) -> str:
        names = [f"{sign}{key}" for key in (*BY_KEY, "name") for sign in ("", "-")]
        by_name = self.given.get("breakdown") == "period"
        return self._choice("sort", names, "name" if by_name else "-spend")

    def _page(self) -> int:
        text = self.given.get("page", "1")
        number = page_number(text)
        if number is None:
            self._refuse("page", f"{text!r} is not the number of a page.")
        return number or 1
