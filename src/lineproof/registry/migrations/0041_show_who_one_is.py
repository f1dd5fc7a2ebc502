"""Who applies for no line shows who they are in a browser, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0040_looks_at_signatories")]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="goal",
            field=models.CharField(
                choices=[("line", "line"), ("holder", "holder")], db_default="line", max_length=8
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(("goal__in", ["line", "holder"])), name="draft_goal_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.CheckConstraint(
                condition=models.Q(("goal", "line"), ("sealed_line", None), _connector="OR"),
                name="who_shows_who_they_are_asks_no_line",
            ),
        ),
    ]
