"""What was sent, on disk: batches, their rows, and every request with its outcome."""
