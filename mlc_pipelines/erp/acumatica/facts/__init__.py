"""The facts: the general ledger, and what is bought and paid."""
