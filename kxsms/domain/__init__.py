"""Values and rules without input or output: numbers, texts, plans, outcomes, records, results."""
