"""The way from photos of people to a prediction. Each room stands on those before it:

    common      how a stage talks, what it calls an error, how it writes files
    photos      image files and folders of people: reading, selecting, showing
    importing   archives, deeper folders, tables and arrays become one folder per person
    download    photos of people from an image search
    datasets    faces that need no photos: the ORL faces, and drawn ones
    faces       from a photo to what a network sees: finding, choosing, cutting, aligning, grey, size
    recognise   a trained model, the gallery of known people, and the questions one can ask
    pairs       a folder of faces becomes a split and pairs of faces
    doctor      what is wrong with a folder of faces
    train       pairs become a model
    evaluate    how good a model is: the report card and its pictures

`cli.py` lists the stages as commands. Each stage is a module, too: `python -m pipeline.STAGE`.
"""
