"""What stands in a line: who, what, before and after, when, from where, and no secret."""

import uuid

import pytest

from audits.enums import Via
from audits.models import Activity, Client, User
from audits.queries.activity_content import DamagedLineError, content_of
from audits.services import activity, ai_model, masking, origin
from tests.chains import details
from tests.services import house

REQUEST = uuid.UUID("6f1f6a52-64a4-4a44-9b1e-0d4d3f2f7a11")


def test_line_says_who_what_and_from_where(tenant: Client, technician: User) -> None:
    with origin.entered(via=Via.API, request_id=REQUEST, address="192.0.2.7"):
        line = activity.record(
            client=tenant, actor=technician, verb="changed", obj=tenant, details={"count": 2}
        )
    stored = Activity.objects.get(pk=line.pk)
    assert (stored.actor, stored.via, stored.request_id) == (technician, Via.API, REQUEST)
    assert (stored.verb, stored.object_type, stored.object_id) == ("changed", "client", tenant.pk)
    content = content_of(stored)
    assert (content.actor, content.address) == ("technician@quay.example", "192.0.2.7")
    assert (content.name, content.details) == (tenant.name, {"count": 2})


def test_what_nobody_announced_comes_from_a_command(tenant: Client) -> None:
    line = activity.record(client=tenant, actor=None, verb="changed", obj=tenant)
    assert (line.via, line.request_id, content_of(line).address) == (Via.COMMAND, None, "")


def test_origin_ends_with_its_block() -> None:
    with origin.entered(via=Via.WEB, request_id=REQUEST):
        with origin.entered(via=Via.JOB):
            assert origin.current() == origin.Origin(via=Via.JOB)
        assert origin.current().request_id == REQUEST
    assert origin.current().via == Via.COMMAND


def test_changed_fields_show_what_stood_before_and_after(tenant: Client, technician: User) -> None:
    model = house.new_model(tenant, technician)
    values = {"exposure": "public", "name": model.name, "purpose": "Calls people back"}
    ai_model.edit(model=model, actor=technician, values=values)
    line = Activity.objects.get(verb="changed")
    assert details(line) == {
        "fields": {
            "exposure": {"before": "internal", "after": "public"},
            "purpose": {"before": "", "after": "Calls people back"},
        }
    }


@pytest.mark.parametrize("word", sorted(masking.SECRET_WORDS))
@pytest.mark.parametrize("form", ["{}", "smtp_{}", "{}_of_owner", "new{Title}", "{UPPER}"])
def test_secrets_are_masked_whatever_their_field_is_called(
    tenant: Client, word: str, form: str
) -> None:
    name = form.format(word, Title=word.title(), UPPER=word.upper())
    told = {
        name: "hunter2-hunter2",
        "fields": {name: {"before": "hunter2-old", "after": "hunter2-new"}},
        "list": [{"deeper": {name: ["hunter2"]}}],
    }
    line = activity.record(client=tenant, actor=None, verb="changed", obj=tenant, details=told)
    found = details(line)
    assert "hunter2" not in str(found)
    assert found[name] == found["fields"][name] == masking.MASK
    assert found["list"] == [{"deeper": {name: masking.MASK}}]


@pytest.mark.parametrize("name", ["keyboard", "tokenize", "monkeys", "name", "sessions", "seed"])
def test_words_that_merely_contain_one_are_not_masked(name: str) -> None:
    assert masking.plain({name: "shown"}) == {name: "shown"}


def test_long_and_odd_values_are_cut_and_written_plainly(tenant: Client) -> None:
    told = {
        "text": "x" * 2000,
        "nul": "a\0b",
        "half": "a\ud800b",
        "infinite": float("inf"),
        "set": {"b", "a"},
        "row": tenant,
        "many": list(range(1000)),
    }
    line = activity.record(client=tenant, actor=None, verb="changed", obj=tenant, details=told)
    found = details(line)
    assert found["text"] == "x" * masking.LONGEST_TEXT + "… (2,000 characters)"
    assert (found["nul"], found["half"], found["infinite"]) == ("ab", "a?b", "inf")
    assert (found["set"], found["row"]) == (["a", "b"], "Harbour Dental")
    assert found["many"] == list(range(60))


def test_endless_nesting_ends(tenant: Client) -> None:
    told: dict[str, object] = {"end": 1}
    for _ in range(50):
        told = {"in": told}
    line = activity.record(client=tenant, actor=None, verb="changed", obj=tenant, details=told)
    assert len(str(details(line))) < 1000


def test_words_open_for_their_own_line_alone(tenant: Client) -> None:
    first, second = (
        activity.record(client=tenant, actor=None, verb=verb, obj=tenant) for verb in ("a", "b")
    )
    first.payload.sealed = second.payload.sealed
    with pytest.raises(DamagedLineError):
        content_of(first)
    second.verb = "c"
    with pytest.raises(DamagedLineError):
        content_of(second)
