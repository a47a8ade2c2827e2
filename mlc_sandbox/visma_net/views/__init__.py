"""The records in the API's own names and formats."""
