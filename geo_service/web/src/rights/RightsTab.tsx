import "../i18n/work";
import { Badge, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useRights } from "../api/peopleQueries";
import { useSession } from "../api/queries";
import type { BaUnit, Certificate, Parcel, Right } from "../api/types";
import { day, lastDay } from "../format";
import { may } from "../session/may";
import { useView } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { Blocks } from "./Blocks";
import { certificateStatus, rightKind, rightType, shareText } from "./names";
import { PartyCard } from "./PartyCard";
import classes from "./Rights.module.css";

/** Who holds what on the parcel, by which certificate, and what stops a change of it. */
export default function RightsTab({ parcel }: { parcel: Parcel }) {
  const { t } = useTranslation();
  const rights = useRights(parcel.id);
  const user = useSession().data?.user;
  const reveals = may(user, "person.reveal", parcel.unit?.code);
  return (
    <Loaded query={rights}>
      {({ ba_units, blocks }) => (
        <Stack gap="lg" data-testid="rights">
          <Blocks
            parcel={parcel.id}
            blocks={blocks}
            writes={may(user, "block.write", parcel.unit?.code) && parcel.status === "current"}
          />
          {!ba_units.length && <Text c="dimmed">{t("rights.none")}</Text>}
          {ba_units.map((unit) => (
            <Unit key={unit.id} unit={unit} parcel={parcel.id} reveals={reveals} />
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function Unit({ unit, parcel, reveals }: { unit: BaUnit; parcel: number; reveals: boolean }) {
  const { t } = useTranslation();
  const others = unit.parcels.filter(({ id }) => id !== parcel);
  return (
    <section className={classes.unit}>
      {unit.certificates.map((certificate) => (
        <CertificateCard key={certificate.id} certificate={certificate} />
      ))}
      {unit.rights.map((right) => (
        <RightCard key={right.id} right={right} reveals={reveals} />
      ))}
      {others.length > 0 && (
        <Text c="dimmed">
          {t("rights.otherParcels", {
            parcels: others.map(({ label, code, id }) => label || code || `#${id}`).join(", "),
          })}
        </Text>
      )}
    </section>
  );
}

function CertificateCard({ certificate }: { certificate: Certificate }) {
  const { t } = useTranslation();
  const { serial, book_number, issued_on, issuer, status } = certificate;
  const inForce = status === "in_force" || status === "in force";
  return (
    <div className={classes.certificate} data-status={status}>
      <div className={classes.between}>
        <Text c="dimmed">{t("rights.certificate")}</Text>
        <Badge variant="light" color={inForce ? "green" : "gray"}>
          {certificateStatus(status, t)}
        </Badge>
      </div>
      <Text fw={600} className={classes.serial}>
        {serial ?? "—"}
      </Text>
      <Text c="dimmed">
        {[
          book_number && t("rights.book", { number: book_number }),
          issued_on && t("rights.issued", { date: day(issued_on) }),
          issuer,
        ]
          .filter(Boolean)
          .join(" · ")}
      </Text>
    </div>
  );
}

function RightCard({ right, reveals }: { right: Right; reveals: boolean }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const when = [
    right.valid_from && t("rights.from", { date: day(right.valid_from) }),
    right.valid_to && t("account.until", { date: day(lastDay(right.valid_to)) }),
    right.source,
  ].filter(Boolean);
  return (
    <article className={classes.right} data-kind={right.kind}>
      <div className={classes.between}>
        <Title order={3} size="h5">
          {rightType(right, lang)}
        </Title>
        <span className={classes.share}>{shareText(right.share, t)}</span>
      </div>
      {right.kind !== "right" && (
        <Badge variant="light" color="orange">
          {rightKind(right.kind, t)}
        </Badge>
      )}
      {when.length > 0 && <Text c="dimmed">{when.join(" · ")}</Text>}
      {right.party && <PartyCard party={right.party} reveals={reveals} />}
    </article>
  );
}
