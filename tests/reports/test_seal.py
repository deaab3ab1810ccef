"""The code of a report: drawn at random, typed by people, found in bytes."""

from audits.reports import seal


def test_codes_are_drawn_anew_and_are_codes() -> None:
    drawn = {seal.draw() for _ in range(200)}
    assert len(drawn) == 200
    assert all(seal.is_code(code) and len(code) == 23 for code in drawn)


def test_code_is_the_same_however_it_is_typed() -> None:
    typed = ("0A1B2-C3D4E-F5G6H-J7K8M", "oaib2c3d4ef5g6hj7k8m", " OALB2 C3D4E F5G6H J7K8M ")
    assert all(seal.is_code(one) for one in typed)
    assert len({seal.digest_of(one) for one in typed}) == 1
    for wrong in ("", "0A1B2", "0A1B2-C3D4E-F5G6H-J7K8U", "0A1B2-C3D4E-F5G6H-J7K8M-N"):
        assert not seal.is_code(wrong)


def test_marks_are_found_in_any_bytes() -> None:
    first, second = seal.draw(), seal.draw()
    data = b"\x00%PDF-1.7 mia-report:" + first.encode() + b")\xff mia-report:" + second.encode()
    assert seal.digests_in(data) == {seal.digest_of(first), seal.digest_of(second)}
    assert seal.digests_in(b"mia-report:short mia-report:") == set()
    assert seal.digests_in(b"mia-report:" * 100_000) == set()
