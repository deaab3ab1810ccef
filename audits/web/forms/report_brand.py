from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from audits.models import Client, Provider
from audits.queries import branding
from audits.reports import brand
from audits.reports.brand import Brand
from audits.services.branding import MOST_BYTES

FIELDS = ("brand_colour", "brand_band", "report_sender", "report_footer")


class ColourInput(forms.TextInput):
    """A colour as text, with a picker beside it and what holds where it stays empty.

    Both are told by the form, which knows what stands above: `inherited` may be none.
    """

    template_name = "components/colour_input.html"
    inherited = ""
    inherited_text = ""

    def __init__(self, picker: object) -> None:
        attrs = {"class": "mono", "spellcheck": "false", "autocomplete": "off", "size": 9}
        super().__init__(attrs=attrs)
        self.picker = picker

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401 - Django's own signature
        context = super().get_context(name, value, attrs)
        shown = context["widget"]
        own, told = shown["attrs"], f"{shown['attrs'].get('id', name)}_inherited"
        own["aria-describedby"] = f"{own.get('aria-describedby', '')} {told}".strip()
        empty = self.inherited or brand.WHITE
        typed = str(value or "").lower()
        shown |= {
            "picker": self.picker,
            "inherited": self.inherited,
            "inherited_text": self.inherited_text,
            "inherited_id": told,
            "empty": empty,
            "shown": typed if brand.is_colour(typed) else empty,
        }
        return context


class ColourField(forms.CharField):
    """A colour as #rrggbb; empty takes over what stands above."""

    def __init__(self, *, picker: object, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own
        super().__init__(required=False, max_length=7, widget=ColourInput(picker), **kwargs)

    def clean(self, value: Any) -> str:  # noqa: ANN401 - Django's own signature
        given: str = super().clean(value).lower()
        if given and not brand.is_colour(given):
            raise ValidationError(_("Write a colour as # and six digits or letters: #0b5c8f."))
        return given


class LogoField(forms.FileField):
    """A picture of at most 2 MB; whether it is one is found out where nothing can happen."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own
        widget = forms.FileInput(attrs={"accept": "image/png"})
        super().__init__(label=_("Logo"), required=False, widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ANN401 - Django's own signature
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile) and (upload.size or 0) > MOST_BYTES:
            raise ValidationError(_("The picture has more than 2 MB: use a smaller one."))
        return upload


class BrandForm(forms.Form):
    """What reports look like: two colours, who sends them, what stands below."""

    inherits = _("Left empty it is %(colour)s, as in every report of the portal.")
    no_strip = _("Left empty there is no strip.")
    brand_colour = ColourField(
        label=_("Colour of headings"),
        picker=_("Pick the colour of headings"),
        help_text=_(
            "For example #005A9C. It is written on white paper, so it has to be dark enough to be"
            " read."
        ),
    )
    brand_band = ColourField(
        label=_("Colour of the strip at the top"),
        picker=_("Pick the colour of the strip at the top"),
        help_text=_(
            "For example #005A9C. Any colour will do: what stands on it is set in black or white,"
            " as is read better."
        ),
    )
    report_sender = forms.CharField(
        label=_("Sender"),
        required=False,
        max_length=60,
        help_text=_("For example your name, address or telephone number."),
    )
    report_footer = forms.CharField(
        label=_("Foot of the page"),
        required=False,
        max_length=60,
        help_text=_("For example the number of your company. It follows the sender."),
    )

    def __init__(
        self, data: object, files: object = None, *, of: Provider | Client, above: Brand
    ) -> None:
        """Read what `of` has; `above` is what holds where a field stays empty."""
        own = {name: getattr(of, name) for name in FIELDS}
        super().__init__(data, files, initial=own)  # type: ignore[arg-type]
        self.above = above
        held = (above.colour, above.band, above.sender, above.footer)
        for name, value in zip(FIELDS, held, strict=True):
            self.fields[name].widget.attrs["placeholder"] = value
        self._inherit("brand_colour", above.colour or brand.USUAL_COLOUR)
        self._inherit("brand_band", above.band)

    def _inherit(self, name: str, colour: str) -> None:
        widget = self.fields[name].widget
        widget.inherited = colour
        widget.inherited_text = self.inherits % {"colour": colour} if colour else self.no_strip

    def clean_brand_colour(self) -> str:
        given: str = self.cleaned_data["brand_colour"]
        if given and not brand.is_readable(given):
            raise ValidationError(
                _(
                    "Too pale to read on white paper: its contrast is %(found)s to 1, and at least"
                    " %(least)s to 1 is needed. Choose a darker one."
                ),
                params={
                    "found": f"{brand.contrast(given, brand.WHITE):.1f}",
                    "least": brand.LEAST_CONTRAST,
                },
            )
        return given

    def values(self) -> dict[str, str]:
        """What is to hold, without the picture."""
        return {name: self.cleaned_data[name] for name in FIELDS}

    def brand(self) -> Brand:
        """What would hold: what is typed where it can be understood, else what stands above."""
        self.is_valid()
        given = self.cleaned_data if self.is_bound else self.initial
        return Brand(
            colour=given.get("brand_colour") or self.above.colour,
            band=given.get("brand_band") or self.above.band,
            sender=given.get("report_sender") or self.above.sender,
            footer=given.get("report_footer") or self.above.footer,
        )


class ClientBrandForm(BrandForm):
    """The same of one client, with a logo for its reports alone."""

    inherits = _("Left empty it is %(colour)s, as on the other reports of your company.")
    no_strip = _("Left empty there is no strip, as on the other reports of your company.")
    logo = LogoField(
        help_text=_(
            "A PNG picture of at most 2 MB, for the reports of this client. Without one your"
            " company's logo stands there."
        )
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo of this client"), required=False)

    def __init__(self, data: object, files: object = None, *, of: Client, above: Brand) -> None:
        super().__init__(data, files, of=of, above=above)
        if not branding.own_logo(of):
            self.fields["remove_logo"].widget = forms.HiddenInput()
