"""The command line: `mlc`, one module per family of commands."""
