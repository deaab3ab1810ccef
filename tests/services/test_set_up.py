from datetime import timedelta

import pytest
from django.utils import timezone

from audits import tenancy
from audits.enums import Role
from audits.models import Membership, Provider, ProviderActivity, SetUpLink, User
from audits.services import set_up
from audits.services.errors import InvalidInput, NotPossible
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
GIVEN = {
    "company": "Quay Managed IT",
    "name": "Ada Quay",
    "email": "Ada@Quay.example",
    "password": PASSWORD,
}


def test_claim_makes_the_first_administrator_and_ends_the_link() -> None:
    token = set_up.new_link()
    user = set_up.claim(token=token, **GIVEN)
    with tenancy.scope(provider_id=None, client_ids=(), user_id=user.pk):
        (held,) = Membership.objects.all()
    assert (user.email, user.name, user.check_password(PASSWORD)) == (
        "ada@quay.example",
        "Ada Quay",
        True,
    )
    assert (held.role, held.client_id, held.all_clients) == (Role.MSP_ADMIN, None, True)
    with tenancy.scope(provider_id=held.provider_id, client_ids=(), provider_rows=True):
        assert Provider.objects.get().name == "Quay Managed IT"
        assert [row.verb for row in ProviderActivity.objects.all()] == ["admitted"]
    assert not SetUpLink.objects.exists()
    assert not set_up.is_valid(token)
    with pytest.raises(NotPossible):
        set_up.claim(token=token, **{**GIVEN, "email": "second@quay.example"})
    assert User.objects.count() == 1


def test_link_is_kept_as_a_digest_and_replaces_the_one_before() -> None:
    first, second = set_up.new_link(), set_up.new_link()
    assert first != second
    assert [first in row.digest or second in row.digest for row in SetUpLink.objects.all()] == [
        False
    ]
    assert (set_up.is_valid(first), set_up.is_valid(second)) == (False, True)
    with pytest.raises(NotPossible):
        set_up.claim(token=first, **GIVEN)


@pytest.mark.parametrize("tampered", ["", "x", "0" * 43])
def test_link_that_was_guessed_or_tampered_with_makes_nobody(tampered: str) -> None:
    token = set_up.new_link()
    for wrong in (tampered, token[:-1], token + "A", token.swapcase()):
        assert not set_up.is_valid(wrong)
        with pytest.raises(NotPossible):
            set_up.claim(token=wrong, **GIVEN)
    assert not User.objects.exists()
    assert set_up.is_valid(token)


def test_link_ends_after_its_time() -> None:
    token = set_up.new_link()
    SetUpLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not set_up.is_valid(token)
    with pytest.raises(NotPossible):
        set_up.claim(token=token, **GIVEN)
    assert not User.objects.exists()


def test_link_ends_when_somebody_gets_an_account_another_way() -> None:
    token = set_up.new_link()
    assert set_up.is_valid(token)
    make_user("operator@quay.example")
    assert not set_up.is_valid(token)
    with pytest.raises(NotPossible):
        set_up.claim(token=token, **GIVEN)
    with pytest.raises(NotPossible):
        set_up.new_link()
    assert [user.email for user in User.objects.all()] == ["operator@quay.example"]


def test_claim_with_a_weak_password_makes_nobody_and_keeps_the_link() -> None:
    token = set_up.new_link()
    with pytest.raises(InvalidInput, match="too short"):
        set_up.claim(token=token, **{**GIVEN, "password": "short"})
    assert not User.objects.exists()
    assert set_up.is_valid(token)
