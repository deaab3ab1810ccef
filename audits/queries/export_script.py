"""A few lines that turn a pickled model into a file that can be looked at without running it."""

from dataclasses import dataclass

from django.utils.text import slugify

from audits.models import AIModel

_SKOPS = """\
# {title}: turns your pickled scikit-learn model into a file the portal accepts.
# Run it where the model was made, with the same scikit-learn: pip install skops joblib
import joblib, skops.io

model = joblib.load({model!r})  # your own file; never open one from strangers
skops.io.dump(model, {out!r})
print("Wrote", {out!r}, "- upload this file.")
"""
_PREDICTIONS = """\
# {title}: writes what the model says about each record, for models that cannot be exported.
# Run it where the model was made, beside the two tables that it names.
import csv, joblib

model = joblib.load({model!r})  # your own file; never open one from strangers
label = "label"  # the name of your label column
with_records = True  # False keeps the records here; fewer checks and attacks can run then

def read(name):
    if hasattr(model, "feature_names_in_"):  # it learned from a table with column names
        import pandas
        table = pandas.read_csv(name)
        features = table[list(model.feature_names_in_)]
        written = features.astype(object).where(features.notna(), "").values.tolist()
        return features, table[label].tolist(), list(features.columns), written
    rows = list(csv.DictReader(open(name, newline="")))
    labels = [row.pop(label) for row in rows]
    features = [[float(value) for value in row.values()] for row in rows]
    return features, labels, list(rows[0]), features

with open({out!r}, "w", newline="") as file:
    out = csv.writer(file)
    for member, name in ((1, "used_for_training.csv"), (0, "held_out.csv")):
        features, labels, names, written = read(name)
        if not with_records:
            names, written = [], [[] for _ in labels]
        if member:
            classes = [f"p_{{one}}" for one in model.classes_]
            out.writerow(["member", "label", *classes, *(f"x_{{one}}" for one in names)])
        for truth, answer, record in zip(labels, model.predict_proba(features).tolist(), written):
            out.writerow([member, truth, *answer, *record])
print("Wrote", {out!r}, "- upload this file.")
"""


@dataclass(frozen=True, kw_only=True)
class ExportScripts:
    """Both ways out, each as the text of a script and the file it writes."""

    skops: str
    skops_file: str
    predictions: str
    predictions_file: str


def of(model: AIModel) -> ExportScripts:
    """Write the scripts for one model entry; its name goes into them only as a plain word."""
    stem = slugify(model.name)[:40] or "model"
    title = " ".join("".join(c if c.isprintable() else " " for c in model.name).split())[:60]
    skops_file, predictions_file = f"{stem}.skops", f"{stem}-predictions.csv"
    return ExportScripts(
        skops=_SKOPS.format(title=title, model=f"{stem}.pkl", out=skops_file),
        skops_file=skops_file,
        predictions=_PREDICTIONS.format(title=title, model=f"{stem}.pkl", out=predictions_file),
        predictions_file=predictions_file,
    )
