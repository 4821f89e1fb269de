"""Speed beside PyTorch, Keras and the limits of the machine, and accuracy. Start with README.md, then speed.py.

    networks, cases    what is compared, described once, independent of any framework
    contenders/        the same work in each framework
    worker, drive      each contender runs in its own process, and they take turns
    machine, memory    what this machine can do at most, and the memory that a step needs
    results, report    medians, ratios, the table, the picture
    scaling            how the cost grows;   profile: where the time of a training step goes
    accuracy           how well people are recognised, for any split file;   found: keeps landmarks between runs
    ablation           what each ingredient of the recipe adds; ingredients.py lists them
    detection          finding faces, beside mtcnn on TensorFlow; detection_worker is its process
    endurance          what the page endures; costly makes the small files that cost much
    page               how fast the page answers, and when its pictures are there;   screenshot: those of the README
    doctor             how many planted faults the data doctor finds
    field              what people do first: photos as they are, people of another data set, few people
"""
