"""What servers of REST services have in common, whoever the vendor is.

Figures, words and order of the checks are each vendor's own; here stands what is counted and kept for them.
"""
