"""Under which identity services run: what may be, what speaks against it, and what it needs of the host."""
