"""Send SMS through the kx-ytx gateway platform from a terminal, a script or cron."""

__version__ = "0.1.0"
