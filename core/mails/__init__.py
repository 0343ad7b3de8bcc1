"""E-mails: sent once, and the ones about incidents."""
