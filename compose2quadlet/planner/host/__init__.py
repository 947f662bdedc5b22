"""What services need of the host that they run on: mounts, units, devices, sockets, addresses."""
