"""The other side, simulated: a hub in memory, and a door that lets real HTTP in."""
