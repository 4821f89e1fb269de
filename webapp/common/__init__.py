"""What several pages are made of: the shell around them, uploads, kept answers, pictures, samples and failures."""
