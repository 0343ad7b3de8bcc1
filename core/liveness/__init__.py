"""Signs of life of the background processes."""
