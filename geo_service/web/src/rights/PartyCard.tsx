import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { register } from "../api/people";
import type { Party, PersonalField } from "../api/types";
import { partyKind, shareText } from "./names";
import { RevealedField } from "./RevealedField";
import classes from "./Rights.module.css";

const FIELDS: PersonalField[] = ["identity_number", "phone", "address"];

/** A holder of a right with masked numbers, and for a group each of its members. */
export function PartyCard({ party, reveals }: { party: Party; reveals: boolean }) {
  const { t } = useTranslation();
  const known = FIELDS.filter((field) => party[field] !== null);
  return (
    <div className={classes.party} data-testid={`party-${party.id}`}>
      <Text>
        <b>{party.name}</b>{" "}
        <Text component="span" c="dimmed">
          · {[partyKind(party.kind, t), party.organisation_number].filter(Boolean).join(" ")}
        </Text>
      </Text>
      {known.length > 0 && (
        <dl className={classes.fields}>
          {known.map((field) => (
            <RevealedField
              key={field}
              name={party.name}
              field={field}
              masked={party[field] ?? ""}
              reveals={reveals}
              reveal={(purpose, note) => register.reveal(party.id, field, purpose, note)}
            />
          ))}
        </dl>
      )}
      {party.members.length > 0 && (
        <ul className={classes.members}>
          {party.members.map(({ party: member, share }) => (
            <li key={member.id}>
              <Text c="dimmed">{t("rights.memberShare", { share: shareText(share, t) })}</Text>
              <PartyCard party={member} reveals={reveals} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
