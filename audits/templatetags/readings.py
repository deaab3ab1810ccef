"""What was found out about an uploaded file, for pages."""

from django import template

from audits.queries import file_reading

register = template.Library()
register.filter(file_reading.readings)
register.filter(file_reading.read_from_file)
