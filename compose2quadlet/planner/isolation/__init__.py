"""Which user services run as: the policies, what prevents them, and what they need from the host."""
