"""The rest of PyTorch's names: short compositions over the table, to look up, not to read through.

`says(sentence, example, what it gives)` stands above each; `document` is a table of such rows for what needs no `def`.
"""
