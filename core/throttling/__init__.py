"""Slows down guessing: who asks, and how often."""
