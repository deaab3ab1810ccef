from audits.services.errors import InvalidInput


def test_invalid_input_speaks_in_sentences() -> None:
    error = InvalidInput("members", "column 'age' is empty", "fill it in")
    assert (error.field, str(error)) == ("members", "Column 'age' is empty. Fill it in.")
    assert str(InvalidInput("name", "This name is in use already.")) == (
        "This name is in use already."
    )
