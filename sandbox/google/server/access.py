"""Checks who may call: bearer token, login-customer-id and customer id."""

import re
from collections.abc import Mapping

from sandbox.google.errors import refuse
from sandbox.google.server.token import TokenIssuer
from sandbox.world.model import Account

_TEN_DIGITS = re.compile(r"\d{10}")
_TOKEN_CODES = {
    "unknown": ("OAUTH_TOKEN_INVALID", "The OAuth 2.0 access token is unknown."),
    "expired": ("OAUTH_TOKEN_EXPIRED", "The OAuth 2.0 access token has expired."),
}


def check_token(issuer: TokenIssuer, metadata: Mapping[str, str]) -> None:
    scheme, _, token = metadata.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        message = "The authorization header must be 'Bearer' and an access token."
        refuse("authentication_error", "OAUTH_TOKEN_HEADER_INVALID", message)
    state = issuer.token_state(token)
    if state != "good":
        code, message = _TOKEN_CODES[state]
        refuse("authentication_error", code, message)


def check_login(account: Account, metadata: Mapping[str, str]) -> None:
    """The header is optional; when given it must be the manager or the account itself."""
    login = metadata.get("login-customer-id")
    if login is None:
        return
    if not _TEN_DIGITS.fullmatch(login):
        message = "login-customer-id must be ten digits."
        refuse("header_error", "INVALID_LOGIN_CUSTOMER_ID", message)
    if login not in (account.manager_id, account.id):
        _refuse_access()


def check_customer(account: Account, customer_id: str, login: str | None) -> None:
    if not _TEN_DIGITS.fullmatch(customer_id):
        message = f"'{customer_id}' is not a customer id: ten digits without dashes."
        refuse("request_error", "INVALID_CUSTOMER_ID", message)
    if customer_id not in (account.manager_id, account.id):
        _refuse_access()
    if customer_id == account.manager_id and login == account.id:
        message = "A client account gives no access to its manager."
        code = "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION"
        refuse("authorization_error", code, message)


def check_writable(account: Account, customer_id: str) -> None:
    """Raises Refusal for changes on a manager account or on one that is not active."""
    if customer_id == account.manager_id:
        message = "A manager account has no campaigns: use its client account."
        refuse("request_error", "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT", message)
    if account.status != "active":
        message = "The account is suspended."
        refuse("authorization_error", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", message)


def _refuse_access() -> None:
    message = (
        "User doesn't have permission to access customer. Note: if you're accessing a client "
        "customer, the manager's customer id must be set in the 'login-customer-id' header."
    )
    refuse("authorization_error", "USER_PERMISSION_DENIED", message)
