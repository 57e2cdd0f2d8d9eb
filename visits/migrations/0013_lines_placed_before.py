from django.db import migrations


def rows_of_visits(apps, schema_editor):
    """A visit that is not signed yet tells its line from a row: one for each that was placed before."""
    Visit, IvAccess = apps.get_model("visits", "Visit"), apps.get_model("visits", "IvAccess")
    placed = Visit.objects.filter(signed_at=None, iv_site_at__isnull=False, iv_lines=None)
    IvAccess.objects.bulk_create(
        IvAccess(
            visit_id=visit.pk,
            iv_site=visit.iv_site,
            placed_at=visit.iv_site_at,
            recorded_by_id=visit.iv_site_by_id,
        )
        for visit in placed.iterator()
    )


class Migration(migrations.Migration):
    dependencies = [("visits", "0012_at_the_chair")]
    operations = [migrations.RunPython(rows_of_visits, migrations.RunPython.noop)]
