"""Tasks: what an action does, in which order, and what it reports."""
