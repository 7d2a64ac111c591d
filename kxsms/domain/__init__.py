"""What an SMS is, without any input or output: numbers, texts, plans, outcomes, records."""
