"""A/B tests, budgets and ledgers in the admin. Loading registers them."""

from optimization.admin import ab_tests, budgets, ledgers

__all__ = ["ab_tests", "budgets", "ledgers"]
