"""Live values: the hub that follows them, the stream to clients, the power flow of the site."""
