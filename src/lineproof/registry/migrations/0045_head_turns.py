"""What a head turn of an application is drawn from, and how many were begun in it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0044_where_begun")]

    operations = [
        migrations.AddField(
            model_name="draft", name="turn_entropy", field=models.BinaryField(max_length=32, null=True)
        ),
        migrations.AddField(
            model_name="draft", name="turns", field=models.PositiveSmallIntegerField(db_default=0)
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(("turns__lte", 10)), name="turns_are_few"
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(("turn_entropy", None), ("challenge__isnull", False), _connector="OR"),
                name="a_turn_has_its_nonce",
            ),
        ),
    ]
