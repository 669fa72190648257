"""Random programs as text, what must hold for each of them, and the smallest that does not."""
