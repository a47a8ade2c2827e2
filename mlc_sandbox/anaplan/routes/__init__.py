"""The services over HTTP."""
