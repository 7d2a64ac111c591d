"""The gateway's protocol: requests built, sent, and their answers read."""
