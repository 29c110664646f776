"""The nouns, units and errors of the house; standard library and numpy only."""
