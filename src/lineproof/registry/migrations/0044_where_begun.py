"""How many applications begin at one network address in an hour is bounded."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0043_hand_over")]

    operations = [
        migrations.AddField(model_name="draft", name="begun_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="draft", name="address_mac", field=models.BinaryField(max_length=32, null=True)
        ),
        migrations.AddIndex(
            model_name="draft",
            index=models.Index(fields=["address_mac", "begun_at"], name="drafts_by_address"),
        ),
    ]
