"""`manage.py up`: web, worker and beat of a production installation, supervised."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from adsengine.management.supervisor import (
    Supervisor,
    free_port,
    interrupt_on_signals,
    service_commands,
)


class Command(BaseCommand):
    help = "Run and supervise web, worker and beat with the environment's settings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        interrupt_on_signals()
        if not free_port(options["port"]):
            raise CommandError(f"Port {options['port']} is taken. Choose another with --port.")
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        supervisor = Supervisor(self.stdout.write)
        commands = service_commands(host=options["host"], port=options["port"])
        try:
            for name, command in commands.items():
                supervisor.start(name, command, {})
            self.stdout.write(f"AdsEngine is on http://{options['host']}:{options['port']}/")
            while True:
                supervisor.watch()
                time.sleep(1)
        except KeyboardInterrupt:
            self.stdout.write("Stopping ...")
        except RuntimeError as err:
            raise CommandError(str(err)) from err
        finally:
            supervisor.stop()
