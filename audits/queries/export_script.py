"""Ten lines that turn a pickled model into a file that can be looked at without running it."""

from dataclasses import dataclass

from django.utils.text import slugify

from audits.models import AIModel

_SKOPS = """\
# {title}: turns your pickled scikit-learn model into a file the portal accepts.
# Run it where the model was made: pip install skops joblib
import joblib, skops.io

model = joblib.load({model!r})            # your own file; never open one from strangers
skops.io.dump(model, {out!r})
print("Wrote", {out!r}, "- upload this file.")
"""
_PREDICTIONS = """\
# {title}: writes what the model says about each record, for models that cannot be exported.
# Run it where the model was made: pip install joblib pandas
import joblib, pandas as pd

model = joblib.load({model!r})
sides = {{1: pd.read_csv("used_for_training.csv"), 0: pd.read_csv("held_out.csv")}}
parts = []
for member, table in sides.items():
    scores = model.predict_proba(table.drop(columns=["label"]))  # "label": the label column
    part = pd.DataFrame(scores, columns=[f"p_{{name}}" for name in model.classes_])
    parts.append(part.assign(member=member, label=table["label"].to_numpy()))
pd.concat(parts).to_csv({out!r}, index=False)
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
