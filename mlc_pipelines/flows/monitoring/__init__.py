"""What people are told: the state of each period, live trials of both sides, certificates that run out, messages."""
