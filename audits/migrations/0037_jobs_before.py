from django.db import migrations

from audits.tenancy.waiting import count_of_all_work


class Migration(migrations.Migration):
    dependencies = [("audits", "0036_rows_on_a_page")]

    operations = [count_of_all_work()]
