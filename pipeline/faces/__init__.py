"""The only way from a photo to what a network sees, in training and in prediction alike."""
