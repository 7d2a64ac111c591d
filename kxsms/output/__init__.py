"""The only part of kxsms that writes to stdout and stderr. Each result has a view in `views/`."""
