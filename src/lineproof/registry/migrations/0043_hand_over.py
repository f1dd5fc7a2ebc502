"""Another browser can go on with an application, by a link that opens once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0042_passkey_used")]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="link_digest",
            field=models.BinaryField(max_length=32, null=True, unique=True),
        ),
        migrations.AddField(model_name="draft", name="link_until", field=models.DateTimeField(null=True)),
    ]
