"""Real sockets on loop-back."""
