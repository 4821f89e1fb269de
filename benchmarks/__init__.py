"""Side by side with PyTorch, Keras and the limits of the machine, and how well it recognises. Start with README.md, then speed.py.

    networks, cases    what is compared, described once, in nobody's terms
    contenders/        the same work in each framework
    worker, drive      each contender in a process of its own, taking turns
    machine, memory    what this machine can do at most, what a step needs
    results, report    medians, ratios, the table, the picture
    scaling            how the cost grows;   profile: where the time of a step goes
    accuracy           how well it recognises, by any split file;   found: keeps landmarks between runs
    ablation           what each ingredient of the recipe adds, which ingredients.py lists
    detection          finding faces, beside mtcnn on TensorFlow; its processes: detection_worker
    doctor             how many planted faults the data doctor finds
"""
