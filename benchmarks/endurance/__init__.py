"""What the program endures: attacks on its page, damaged files, kills, two jobs in one folder, a full disk."""
