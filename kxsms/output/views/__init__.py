"""The views: what users see of each result, one file per result class."""
