"""What became of ticked rows is put together as they are done, one list after the other."""

from audits.services.list_bulk import Line, Outcome


def test_rows_of_another_list_are_called_by_their_place_as_well() -> None:
    outcome = Outcome(done=[Line(name="First")])
    outcome.add(Outcome(done=[Line(name="A")], refused=[Line(name="B", note="why")]), at="Harbour")
    outcome.waiting = [Line(name="C")]
    assert [line.name for line in outcome.done] == ["First", "Harbour: A"]
    assert outcome.refused == [Line(name="Harbour: B", note="why")]
    assert outcome.saved == 3
