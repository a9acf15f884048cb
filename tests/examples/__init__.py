"""What the examples promise: the sample branch, and the story told with it."""
