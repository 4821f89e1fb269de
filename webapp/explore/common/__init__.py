"""What the pages of /explore are made of: faces, the state in the address, colours, the source, long computations."""
