"""pytest finds the modules beside this file from all folders below it."""
