"""What people look at, besides units and diagnostics."""
