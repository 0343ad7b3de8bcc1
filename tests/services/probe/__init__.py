"""An app with one kind of job, for workers that a test starts."""

LEASE_SECONDS = 2
