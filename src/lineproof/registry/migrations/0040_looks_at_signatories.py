"""What an agent attested to change a line's signatory can be drawn for a second look, too."""

from django.db import migrations, models

_LOOKED_AT = ["registration", "sim_replacement", "transfer", "port_out", "signatory_change"]


class Migration(migrations.Migration):
    dependencies = [("registry", "0039_online_applications")]

    operations = [
        migrations.RemoveConstraint(model_name="secondlook", name="secondlook_procedure_is_known"),
        migrations.AlterField(
            model_name="secondlook",
            name="procedure",
            field=models.CharField(choices=[(each, each) for each in _LOOKED_AT], max_length=16),
        ),
        migrations.AddConstraint(
            model_name="secondlook",
            constraint=models.CheckConstraint(
                condition=models.Q(("procedure__in", _LOOKED_AT)), name="secondlook_procedure_is_known"
            ),
        ),
    ]
