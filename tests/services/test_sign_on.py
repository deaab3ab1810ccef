"""What the settings of single sign-on refuse, whatever a form lets through."""

from dataclasses import replace

import pytest

from audits import storage
from audits.enums import SecondStep, SignOnRefusal
from audits.models import Membership, SignOn, SignOnAddress, SignOnIdentity
from audits.services import sign_on as service
from audits.services import sign_on_admission
from audits.services.errors import InvalidInput, NotPossible
from tests.factories import World

SECRET = "a client secret of some length"
VALUES = service.Settings(
    issuer="https://login.example.org",
    client_id="portal",
    client_secret=SECRET,
    allowed_domains=("ours.example",),
    second_step=SecondStep.TOLD,
    makes_accounts=False,
    is_open=True,
    is_required=False,
    keep_password=(),
)


def set_up(world: World, values: service.Settings, *, keepers: tuple[int, ...] = ()) -> SignOn:
    ours = world.ours
    with ours.scope():
        return service.set_up(
            provider_id=ours.provider.pk, actor=ours.admin, values=values, keepers=keepers
        )


def test_set_up_needs_an_address(world: World) -> None:
    SignOnAddress.objects.filter(provider=world.ours.provider).delete()
    with pytest.raises(NotPossible):
        set_up(world, VALUES)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"allowed_domains": ()}, "allowed_domains"),
        ({"allowed_domains": ("ours.example", "two words.example")}, "allowed_domains"),
        ({"allowed_domains": ("example",)}, "allowed_domains"),
        ({"keep_password": (7,)}, "keep_password"),
        ({"is_required": True}, "keep_password"),
    ],
)
def test_set_up_names_the_field_that_is_wrong(
    world: World, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        set_up(world, replace(VALUES, **changed))  # type: ignore[arg-type]
    assert caught.value.field == field
    with world.ours.scope():
        assert SignOn.objects.get().issuer == world.ours.sign_on.issuer


def test_set_up_gives_and_takes_the_exceptions(world: World) -> None:
    with world.ours.scope():
        mine = Membership.objects.get(user=world.ours.admin)
        SignOnIdentity.objects.update(issuer=VALUES.issuer)
    values = replace(VALUES, is_required=True, keep_password=(mine.pk,))
    set_up(world, values, keepers=(mine.pk,))
    with world.ours.scope():
        assert Membership.objects.get(pk=mine.pk).keeps_password
    set_up(world, replace(VALUES, is_required=False), keepers=(mine.pk,))
    with world.ours.scope():
        assert not Membership.objects.get(pk=mine.pk).keeps_password


def test_secret_opens_for_its_own_provider_alone(world: World) -> None:
    sign_on = set_up(world, VALUES)
    assert service.secret_of(sign_on) == SECRET
    with world.theirs.scope():
        copied = SignOn.objects.get()
        assert service.secret_of(copied) == ""
        copied.sealed_secret = sign_on.sealed_secret
        with pytest.raises(storage.DamagedError):
            service.secret_of(copied)


@pytest.mark.parametrize(("secret", "shown"), [("short", ""), ("x" * 12 + "last", "last")])
def test_ending_is_shown_of_long_secrets_alone(world: World, secret: str, shown: str) -> None:
    assert set_up(world, replace(VALUES, client_secret=secret)).secret_ending == shown


def test_reserved_address_stays_the_same(world: World) -> None:
    ours = world.ours
    with ours.scope():
        found = service.reserve(provider_id=ours.provider.pk, actor=ours.admin)
    assert found == ours.sign_on_address


def test_link_binds_one_account_to_one_person(world: World) -> None:
    ours = world.ours
    with ours.scope():
        assert SignOnIdentity.objects.get(user=ours.admin).subject == "0001"
        for user, subject in ((ours.technician, "0001"), (ours.admin, "0002")):
            with pytest.raises(sign_on_admission.Refused) as caught:
                sign_on_admission.link(sign_on=ours.sign_on, user=user, subject=subject)
            assert caught.value.reason == SignOnRefusal.OTHER_IDENTITY
        sign_on_admission.link(sign_on=ours.sign_on, user=ours.technician, subject="0003")
