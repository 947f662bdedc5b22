"""What a migration does to a machine: it reads trees, copies them, runs both engines, and keeps a journal."""
