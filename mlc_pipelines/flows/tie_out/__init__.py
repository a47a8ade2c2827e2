"""Tie out: the ERP's totals against those of the snapshot, of the rows sent and of the rows accepted."""
