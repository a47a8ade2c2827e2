"""Run by Python at the start of every process that a test starts: it lives by the tests' date."""

import contextlib

# An environment of its own, as the independent clients have, holds no product and reads the machine's clock.
with contextlib.suppress(ImportError):
    from mlc_pipelines_tests.clock import move_system_clock

    move_system_clock()
