"""What runs as long as one likes: commands under fire (`tests.soak`), damaged inputs (`tests.soak.fuzz`)."""
