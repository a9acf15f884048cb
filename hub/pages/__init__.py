"""The people's doors: ``days`` (one group's transaction day; the groups). Templates and style are beside."""
