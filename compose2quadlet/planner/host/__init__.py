"""What services need from their host: mounts, units, devices, sockets, addresses."""
