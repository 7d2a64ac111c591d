"""What users see: the only part of kxsms that writes to stdout and stderr."""
