"""How every form of the product is drawn: `{{ form }}` gives labelled, accessible rows."""

from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """Named by FORM_RENDERER; needs `django.forms` in INSTALLED_APPS for the widgets."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
