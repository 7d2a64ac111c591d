"""The use cases that send: plan a batch, check it, send its requests, and settle their outcomes."""
