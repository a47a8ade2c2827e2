"""Polls of change feeds, and landing from what they found."""
