"""Scores events by half-space trees (river) and an isolation forest (scikit-learn).

Reads one event a line from standard input, as JSON: {"learn": bool, "x": [numbers]}. Both learn from the events that
are to be learned, then score all others. Writes one JSON object: per detector the scores in the order of the events
that were scored, and the events a second when each is scored by itself.
"""

import json
import sys
import time

import numpy
from river import anomaly
from sklearn.ensemble import IsolationForest

ONE_BY_ONE = 500  # events timed

learn, score = [], []
for line in sys.stdin:
    event = json.loads(line)
    (learn if event["learn"] else score).append(event["x"])
result = {}

trees = anomaly.HalfSpaceTrees(n_trees=25, height=15, window_size=250, seed=1)
named = [dict(enumerate(x)) for x in score]
for x in learn:
    trees.learn_one(dict(enumerate(x)))
begin = time.perf_counter()
scores = [trees.score_one(x) for x in named]
result["half_space_trees"] = {"events_per_s": len(score) / (time.perf_counter() - begin), "scores": scores}

forest = IsolationForest(n_estimators=100, random_state=1).fit(numpy.array(learn))
rows = numpy.array(score)
begin = time.perf_counter()
for row in rows[:ONE_BY_ONE]:
    forest.score_samples(row.reshape(1, -1))
speed = min(len(rows), ONE_BY_ONE) / (time.perf_counter() - begin)
result["isolation_forest"] = {"events_per_s": speed, "scores": (-forest.score_samples(rows)).tolist()}
json.dump(result, sys.stdout)
