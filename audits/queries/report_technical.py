"""The technical appendix: one audit in full, for whoever has to judge or repeat it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from audits.charts import distributions, dots, roc, values
from audits.charts.distributions import DistributionsSeries
from audits.enums import ReportKind, ReportSection
from audits.guidance import wording
from audits.queries import audit as audits
from audits.queries import (
    checklist,
    report_attacker,
    report_before,
    report_controls,
    report_owner,
    technical,
)
from audits.queries.report_frame import About, Frame, framed, titled
from audits.queries.technical import AttackRow, Technical
from audits.reports.document import Document, Fact, Place, Section, Table
from audits.reports.owner_summary import footer

_DIGEST = "SHA-256"


def document(result: audits.Result, frame: Frame) -> Document:
    """Word the appendix of a finished audit."""
    laid_out = technical.read(result)
    stored = result.audit.document or {}
    curves = roc.series(stored)
    if not laid_out.valid:  # figures of a void audit say nothing of the model
        curves = replace(curves, curves=())
    scores = distributions.series(stored)
    client = result.audit.client
    rows = checklist.rows(client)
    made = framed(
        frame,
        ReportKind.TECHNICAL,
        _about(result, frame),
        (
            _verdict(result, laid_out),
            report_attacker.section(result, frame),
            _attacks(laid_out, stored, with_curve=bool(curves.curves)),
            _scores(scores),
            _checks(laid_out),
            _groups(laid_out),
            _method(laid_out),
            _limits(result, laid_out),
            _rating(result),
            report_before.section(result.audit, frame),
            _findings(result, frame),
            report_controls.checklist(rows, client, frame),
            report_controls.crosswalk(rows, client),
            _reproduction(result, laid_out),
            _words(),
        ),
    )
    return replace(
        made,
        curves=curves if curves.curves else None,
        scores=scores if scores.edges else None,
        people=dots.series(
            stored, about_people=result.words.about_people, told_at=result.words.told_at
        ),
        place=Place(result.rating.likelihood, result.rating.impact, result.badge.value),
    )


def _about(result: audits.Result, frame: Frame) -> About:
    audit = result.audit
    model = audit.model_version.model
    letter = audit.authorisation.file if audit.authorisation is not None else None
    facts = [
        Fact(_("Audit"), _("Number %(number)s, %(day)s") % _numbered(audit.pk, audit, frame)),
        Fact(_("Authorised by"), report_owner.authorised_by(audit, frame)),
        Fact(_("Who may ask it"), str(audit.get_exposure_display())),
        Fact(_("How sensitive the records are"), str(audit.get_impact_display())),
    ]
    if letter is not None:
        facts.append(Fact(_("Signed letter, SHA-256"), letter.sha256, is_code=True))
    return About(
        subject=_("%(model)s, version %(version)s")
        % {"model": model.name, "version": audit.model_version.number},
        footer=footer(),
        marking=_(
            "Confidential. For whoever maintains or examines the model; results of single people"
            " are withheld."
        ),
        lead=" ".join(filter(None, (result.sentence, result.overruled_by))),
        badge=result.badge,
        struck_through=result.rating.struck_through,
        facts=tuple(facts),
        policies=tuple(result.policies),
    )


def _numbered(pk: int, audit: Any, frame: Frame) -> dict[str, object]:  # noqa: ANN401 - an audit
    return {"number": pk, "day": frame.day(audit.completed_at)}


def _facts(listed: list[technical.Fact]) -> tuple[Fact, ...]:
    return tuple(Fact(one.label, one.value, is_code=_DIGEST in one.label) for one in listed)


def _verdict(result: audits.Result, laid_out: Technical) -> Section:
    return Section(
        key="verdict",
        title=_("Verdict"),
        paragraphs=(result.words.headline,),
        facts=_facts(laid_out.facts),
        pictures=("dots", "matrix"),
    )


def _attacks(laid_out: Technical, stored: Mapping[str, Any], *, with_curve: bool) -> Section:
    if not laid_out.valid:
        return Section(
            *titled(ReportSection.ATTACKS),
            paragraphs=(_("The test was not valid, so nothing it found can be read as leakage."),),
        )
    records = stored["records"]
    sizes = {"members": f"{records['members']:,}", "nonmembers": f"{records['nonmembers']:,}"}
    caption = _(
        "Members found at three false-alarm rates, and AUC, with 95%% limits;"
        " n = %(members)s members, %(nonmembers)s outsiders"
    )
    return Section(
        *titled(ReportSection.ATTACKS),
        pictures=("roc",) if with_curve else (),
        tables=(
            Table(
                caption=caption % sizes,
                headers=(
                    _("Attack"),
                    _("In the verdict"),
                    *(_("At %(rate)s false alarms") % {"rate": rate} for rate in laid_out.rates),
                    _("AUC"),
                ),
                rows=tuple(_attack(row, laid_out.too_few) for row in laid_out.attacks),
                widths=(1.5, 0.8, 1.1, 1.1, 1.1, 1.1),
                note=" ".join(
                    (
                        _("Limits are per attack."),
                        dots.what_limits_count(),
                        dots.what_at_least_counts(),
                        _("“Indicative” figures move no verdict: too few records for that."),
                    )
                ),
            ),
        ),
    )


def _attack(row: AttackRow, too_few: str) -> tuple[str, ...]:
    counts = _("Decides") if row.deciding else _("Counts") if row.counts else _("Compared only")
    rates = (
        values.reading_text(reading) if reading.reportable and reading.value is not None else text
        for _rate, text, reading in row.rates
    )
    return row.name, counts, *rates, _auc(row.auc, too_few)


def _auc(found: Mapping[str, Any], too_few: str) -> str:
    if not found["reportable"]:
        return too_few
    limits = (found["value"], found["low"], found["high"])
    return values.auc_text(*limits, rated=found["rated"])


def _scores(found: DistributionsSeries) -> Section:
    """How members and outsiders are scored by the attack that leads; why not, where it cannot."""
    if not found.edges:
        return Section(
            *titled(ReportSection.SCORES), paragraphs=(f"{distributions.title(found)}.",)
        )
    told = _(
        "Scores of the attack “%(attack)s”, in shares of each side: where the two overlap, nobody"
        " can tell them apart."
    )
    return Section(
        *titled(ReportSection.SCORES),
        paragraphs=(told % {"attack": found.attack},),
        pictures=(distributions.NAME,),
    )


def _checks(laid_out: Technical) -> Section:
    words = {True: _("Passed"), False: _("Did not pass"), None: _("Not run")}
    return Section(
        *titled(ReportSection.CHECKS),
        tables=(
            Table(
                caption=_("What was checked before anything counted"),
                headers=(_("Check"), _("Outcome"), _("Why")),
                rows=tuple((row.name, words[row.passed], row.detail) for row in laid_out.checks),
                widths=(1.4, 0.6, 2.4),
            ),
        ),
    )


def _groups(laid_out: Technical) -> Section | None:
    found = laid_out.standing_out
    if found is None or not laid_out.valid:
        return None
    rows = [
        (
            f"{one.grouping}: {one.value}",
            one.sizes,
            _auc({**one.auc, "reportable": True, "rated": one.rated}, laid_out.too_few)
            if one.auc
            else laid_out.too_few,
        )
        for one in found.groups
    ]
    return Section(
        *titled(ReportSection.GROUPS),
        paragraphs=(found.decile, found.listed),
        tables=(
            Table(
                caption=_("AUC by group, by the attack “%(attack)s”") % {"attack": found.attack},
                headers=(_("Group"), _("Members / outsiders"), _("AUC")),
                rows=tuple(rows),
                widths=(2.0, 1.0, 1.2),
                empty=_("No group was compared."),
                note=_("Who stands out is listed in the portal alone."),
            ),
        ),
    )


def _method(laid_out: Technical) -> Section:
    return Section(*titled(ReportSection.METHOD), facts=_facts(laid_out.method))


def _limits(result: audits.Result, laid_out: Technical) -> Section:
    return Section(
        key="limits",
        title=_("What could not be tested"),
        points=(*result.words.limits, *laid_out.warnings),
    )


def _rating(result: audits.Result) -> Section:
    return Section(*titled(ReportSection.RATING), points=(*result.trace, *result.policies))


def _findings(result: audits.Result, frame: Frame) -> Section:
    rows = tuple(
        (
            row.control.id,
            row.control.words(plain=True).title,
            row.owner or _("Nobody yet"),
            frame.day(row.item.due) if row.item.due else _("No date set"),
        )
        for row in result.actions
    )
    return Section(
        *titled(ReportSection.FINDINGS),
        points=(),
        paragraphs=tuple(result.findings) or (_("No finding."),),
        tables=(
            Table(
                caption=_("What to do first"),
                headers=(_("Control"), _("Action"), _("Who"), _("Due")),
                rows=rows,
                widths=(0.6, 2.6, 1.1, 1.0),
                empty=_("No action is open."),
            ),
        ),
    )


def _reproduction(result: audits.Result, laid_out: Technical) -> Section:
    return Section(
        *titled(ReportSection.REPRODUCTION),
        paragraphs=(
            _(
                "The same files, plan, seed and versions give the same figures. A digest names a"
                " file without telling what is in it."
            ),
        ),
        facts=(
            *_facts(laid_out.provenance),
            *_suite(result.audit.document or {}),
        ),
    )


def _suite(stored: Mapping[str, Any]) -> Iterator[Fact]:
    """The attacks that ran: the suite that figures of another day can be compared with."""
    family = set(stored.get("family") or stored["attacks"])
    counted = [values.attack_label(key) for key in sorted(stored["attacks"]) if key in family]
    others = [values.attack_label(key) for key in sorted(stored["attacks"]) if key not in family]
    yield Fact(_("Attacks that count"), ", ".join(counted))
    if others:
        yield Fact(_("For comparison only"), ", ".join(others))


def _words() -> Section:
    listed = wording.glossary()
    return Section(
        *titled(ReportSection.WORDS), facts=tuple(Fact(term, text) for term, text in listed)
    )
