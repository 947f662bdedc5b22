"""The move of running Compose projects from Docker to systemd: what to do, as values. ``host/migrate/`` does it."""
