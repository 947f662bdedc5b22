"""The steps of a migration, by subject."""
