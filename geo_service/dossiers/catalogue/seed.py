"""The catalogue as it is shipped, and the codes under which counters receive."""

from __future__ import annotations

import psycopg
from psycopg.types.json import Jsonb

from geo_service.dossiers.catalogue.loader import in_force_from, shipped


def seed(connection: psycopg.Connection) -> None:
    """Version 1 of every shipped procedure that is not there; a further version from today where a shipped one is in force that now says
    something else. What an administrator edited, is editing or ended is left alone.

    Agencies: H26 is Hà Nội's; a number for each unit after the highest given (grade D, the operator's configuration).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT dossier.ship(%s, %s)", [Jsonb([one.document() for one in shipped()]), in_force_from()])
        cursor.execute("INSERT INTO dossier.agency (unit, code) VALUES ('*', 'H26') ON CONFLICT DO NOTHING")
        cursor.execute(
            """
            INSERT INTO dossier.agency (unit, code)
            SELECT u.code, 'H26.' || row_number() OVER (ORDER BY u.code) + coalesce(
                       (SELECT max(split_part(code, '.', 2)::integer) FROM dossier.agency WHERE code ~ '^H26[.][0-9]{1,3}$'), 0)
            FROM register.unit u WHERE u.ended_on IS NULL AND NOT EXISTS (SELECT 1 FROM dossier.agency a WHERE a.unit = u.code)
              AND EXISTS (SELECT 1 FROM dossier.agency WHERE unit = '*' AND code = 'H26')
            ON CONFLICT DO NOTHING
            """
        )
