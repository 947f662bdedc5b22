"""Puts units into place, watches them start, and takes it back."""
