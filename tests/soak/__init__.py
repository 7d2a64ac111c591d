"""Tests for any length of time: commands under faults and kills (`tests.soak`), damaged inputs (`.fuzz`)."""
