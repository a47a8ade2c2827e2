"""Land: what an ERP, or an export of the model, holds as of a period, proven complete and kept as a snapshot."""
