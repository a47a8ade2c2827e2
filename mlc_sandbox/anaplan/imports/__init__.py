"""An uploaded file, read into a list or a module."""
