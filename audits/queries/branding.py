from audits.models import Provider


def provider(provider_id: int) -> Provider:
    """The provider in scope, without the bytes of its logo until they are asked for."""
    return Provider.objects.get(pk=provider_id)
