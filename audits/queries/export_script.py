"""A few lines that turn a model at home into a file that can be looked at without running it."""

from dataclasses import dataclass

from django.utils.text import slugify

from audits.models import AIModel

_SKOPS = """\
# {title}
# Turns your pickled scikit-learn model into a file the portal accepts.
# Run it where the model was made, with the same scikit-learn:
# pip install skops joblib
import joblib, skops.io

# your own file; never open one from strangers
model = joblib.load({model!r})
result = {out!r}
skops.io.dump(model, result)
print("Wrote", result, "- upload this file.")
"""
_PREDICTIONS = """\
# {title}
# Writes what the model says about each record.
# Run it where the model was made, beside the two tables named below.
import csv, joblib

# your own file; never open one from strangers
model = joblib.load({model!r})
result = {out!r}
label = "label"  # the name of your label column
person = None  # or the name of the column that says whose record it is
separator = ","  # between the columns of your tables; perhaps ";"
# False keeps the records here; fewer checks and attacks can run then
with_records = True

def read(name):
    if hasattr(model, "feature_names_in_"):  # it learned from a table
        import pandas
        table = pandas.read_csv(name, sep=separator)
        features = table[list(model.feature_names_in_)]
        plain = table.astype(object).where(table.notna(), "")
        written = plain[features.columns].values.tolist()
        persons = plain[[person] if person else []].values.tolist()
        return features, plain[label], persons, list(features), written
    file = open(name, newline="", encoding="utf-8-sig")
    rows = list(csv.DictReader(file, delimiter=separator))
    labels = [row.pop(label) for row in rows]
    persons = [[row.pop(person)] if person else [] for row in rows]
    features = [[float(value) for value in row.values()] for row in rows]
    return features, labels, persons, list(rows[0]), features

if hasattr(model, "predict_proba"):
    answers = [f"p_{{one}}" for one in model.classes_]
    ask = model.predict_proba
elif hasattr(model, "classes_"):
    raise SystemExit("No predict_proba: train it so that it gives probabilities.")
else:  # it predicts a number
    answers = ["prediction"]
    ask = lambda features: model.predict(features).reshape(-1, 1)

with open(result, "w", newline="") as file:
    out = csv.writer(file)
    for member, name in ((1, "used_for_training.csv"), (0, "held_out.csv")):
        features, labels, persons, names, written = read(name)
        if not with_records:
            names, written = [], [[] for _ in labels]
        if member:
            names = [f"x_{{one}}" for one in names]
            whose = ["person"] if person else []
            out.writerow(["member", "label", *answers, *whose, *names])
        said = ask(features).tolist()
        for truth, answer, whose, record in zip(labels, said, persons, written):
            out.writerow([member, truth, *answer, *whose, *record])
print("Wrote", result, "- upload this file.")
"""
_PERCEPTRON = """\
# sequential is your trained torch.nn.Sequential; the rest is yours to fill in.
# recipe may be left out; l2, momentum and nesterov may be added to it.
import json
from safetensors.torch import save_file

recipe = {{
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "batch_size": 64,
    "epochs": 40,
}}
told = {{
    "version": 1,
    "hidden": [64, 32],
    "activation": "relu",
    "classes": ["no", "yes"],
    "recipe": recipe,
}}
result = "{out}"
save_file(sequential.state_dict(), result, {{"mia_mlp": json.dumps(told)}})
"""


@dataclass(frozen=True, kw_only=True)
class ExportScripts:
    """The ways out, each as the text of a script and the file it writes."""

    skops: str
    skops_file: str
    predictions: str
    predictions_file: str
    perceptron: str
    perceptron_file: str


def of(model: AIModel) -> ExportScripts:
    """Write the scripts for one model entry; its name goes into them only as a plain word."""
    stem = slugify(model.name)[:40] or "model"
    title = " ".join("".join(c if c.isprintable() else " " for c in model.name).split())[:60]
    skops_file, predictions_file = f"{stem}.skops", f"{stem}-predictions.csv"
    perceptron_file = f"{stem}.safetensors"
    return ExportScripts(
        skops=_SKOPS.format(title=title, model=f"{stem}.pkl", out=skops_file),
        skops_file=skops_file,
        predictions=_PREDICTIONS.format(title=title, model=f"{stem}.pkl", out=predictions_file),
        predictions_file=predictions_file,
        perceptron=_PERCEPTRON.format(out=perceptron_file),
        perceptron_file=perceptron_file,
    )
