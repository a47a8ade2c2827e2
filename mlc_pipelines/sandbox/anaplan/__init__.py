"""Anaplan's Integration API v2.0, authentication service and OAuth service as one real server on loopback."""
