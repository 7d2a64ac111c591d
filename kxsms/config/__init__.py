"""The config: the file, the keys of a profile, and the credentials to use."""
