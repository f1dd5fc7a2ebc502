"""When a reviewer's passkey was last used: an answer to anything that was asked before counts no more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0041_show_who_one_is")]

    operations = [
        migrations.AddField(model_name="passkey", name="used_at", field=models.DateTimeField(null=True)),
    ]
