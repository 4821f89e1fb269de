"""A trained model, the gallery of known people, and the questions one can ask: who is this, are these the same?"""
