"""Side by side with PyTorch, Keras and the limits of the machine. Start with README.md, then speed.py.

    networks, cases    what is compared, described once, in nobody's terms
    contenders/        the same work in each framework
    worker, drive      each contender in a process of its own, taking turns
    machine, memory    what this machine can do at most, what a step needs
    results, report    medians, ratios, the table, the picture
    scaling            how the cost grows;   profile: where the time of a step goes
    detection          finding faces, beside mtcnn on TensorFlow
"""
