"""The help topics, one Markdown file for each, and the man page made from them and from the commands."""
