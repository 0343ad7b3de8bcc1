from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from page_rows import NOW, YESTERDAY, deliver, make_account, make_ad, make_campaign
