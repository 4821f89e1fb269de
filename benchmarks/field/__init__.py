"""What people do first: photos as they are, people of another data set, few people. python -m benchmarks.field --data DIR

    models     the two models that are asked about people of the other data set, trained once and kept
    open_set   random galleries: who is named right, which strangers are called unknown
    few        learn with 4 people x 8 photos
    known      unseen people of the same data set, thresholds from validation people
    raw        photos as they are against the same photos after `extract`, and what `extract` finds
"""
