"""A server on loopback and clients of it."""

from mlc_pipelines_tests.http.fixtures import clock, make_client, server

__all__ = ["clock", "make_client", "server"]
