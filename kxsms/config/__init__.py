"""The config file: where it is, what may stand in it, how it is read and written."""
