"""Bringing back what one recorded change changed."""
