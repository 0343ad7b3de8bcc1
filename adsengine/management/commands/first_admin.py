"""`manage.py first_admin`: the first user and the first advertiser."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.text import slugify

from core.models import Advertiser, Membership, Role, User


class Command(BaseCommand):
    help = "Create the first person, who may do everything, and the first advertiser."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")
        parser.add_argument("--advertiser", required=True, help="name of the business")
        parser.add_argument("--currency", required=True, help="report currency, e.g. EUR")
        parser.add_argument("--time-zone", required=True, help="e.g. Europe/Berlin")

    def handle(self, *args: Any, **options: Any) -> None:
        """The password comes from ADSENGINE_ADMIN_PASSWORD or is asked for, never an argument:
        arguments can be read by everyone on the machine."""
        if User.objects.filter(is_superuser=True).exists():
            raise CommandError("There is an administrator already. Add people in the admin.")
        password = os.environ.get("ADSENGINE_ADMIN_PASSWORD") or _ask_password()
        user = User(username=options["username"], email=options["email"])
        advertiser = Advertiser(
            name=options["advertiser"],
            slug=slugify(options["advertiser"])[:60],
            currency=options["currency"],
            time_zone=options["time_zone"],
        )
        try:
            validate_password(password, user)
            user.is_staff = user.is_superuser = True
            user.set_password(password)
            user.full_clean()
            advertiser.full_clean()
        except ValidationError as err:
            raise CommandError(" ".join(err.messages)) from err
        with transaction.atomic():
            user.save()
            advertiser.save()
            Membership.objects.create(user=user, advertiser=advertiser, role=Role.ADMIN)
        self.stdout.write(f"{user.username} may sign in now, as admin of {advertiser.name}.")


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise CommandError("Set ADSENGINE_ADMIN_PASSWORD, or run this in a terminal.")
    password = getpass("Password: ")
    if password != getpass("Again: "):
        raise CommandError("The two differ.")
    return password
