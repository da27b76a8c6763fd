"""What all pictures share: colours, text, files, the program that draws."""
