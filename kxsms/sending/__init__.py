"""From numbers and a text to requests, and from requests to outcomes."""
