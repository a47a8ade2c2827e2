"""The facts: the general ledger, and the documents of buying."""
