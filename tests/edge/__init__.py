"""The phone: at rest under a PIN, at the door with no network, and against a hub in memory."""
