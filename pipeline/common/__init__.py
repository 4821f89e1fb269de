"""What all rooms share: how a stage talks, what it calls an error, how it writes files and draws pictures."""
