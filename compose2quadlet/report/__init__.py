"""Output for people, besides units and diagnostics."""
