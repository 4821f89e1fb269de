"""What carries the pages: the sockets, the turns of costly requests, the headers, and who may change something."""
