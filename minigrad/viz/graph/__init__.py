"""The graph behind a value: its description, its text, its picture."""
