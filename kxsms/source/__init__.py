"""Files into rows: CSV files and lists of numbers, in the encodings that people use."""
