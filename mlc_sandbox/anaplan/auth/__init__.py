"""Who may use the sandbox, and by which tokens."""
