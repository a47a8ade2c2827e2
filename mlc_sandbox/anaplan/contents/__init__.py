"""What a model holds, and how it is read and written."""
