import { Alert, Badge, Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { usePartners } from "../api/administrationQueries";
import type { MessageFilter, PartnerHealth } from "../api/administrationTypes";
import { ago, dateTime, integer } from "../format";
import { useView } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import classes from "./Partners.module.css";
import { refusalName, saidText, type Standing, standingOf } from "./words";

const LOOKS: Record<Standing, { colour: string; icon: IconName }> = {
  good: { colour: "green", icon: "check" },
  slow: { colour: "yellow", icon: "clock" },
  bad: { colour: "red", icon: "warning" },
  off: { colour: "gray", icon: "pause" },
};

/** How each partner does, looked at again by itself. */
export function HealthTab({ onMessages }: { onMessages: (filter: MessageFilter) => void }) {
  const partners = usePartners();
  return (
    <Loaded query={partners}>
      {({ items }) => (
        <div className={classes.cards} data-testid="partners">
          {items.map((one) => (
            <PartnerCard key={one.code} one={one} onMessages={onMessages} />
          ))}
        </div>
      )}
    </Loaded>
  );
}

interface Props {
  one: PartnerHealth;
  onMessages: (filter: MessageFilter) => void;
}

function PartnerCard({ one, onMessages }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const standing = standingOf(one);
  const { colour, icon } = LOOKS[standing];
  const turned = Object.entries(one.turned_away);
  const name = lang === "vi" ? one.name_vi : one.name_en;
  return (
    <section
      className={classes.card}
      data-standing={standing}
      aria-label={name}
      data-testid={`partner-${one.code}`}
    >
      <header>
        <h3>{name}</h3>
        <Badge variant="light" color={colour} leftSection={<Icon name={icon} size={16} />}>
          {t(`administration.partners.standing.${standing}`)}
        </Badge>
      </header>
      {one.why && (
        <Alert color="gray" p="xs">
          {saidText(one.why, lang)}
        </Alert>
      )}
      <dl className={classes.numbers}>
        <Figure
          name={t("administration.partners.waiting")}
          value={integer(one.waiting, lang)}
          note={
            one.oldest
              ? t("administration.partners.oldest", { ago: ago(one.oldest, Date.now(), lang) })
              : null
          }
          alarm={false}
        />
        <Figure
          name={t("administration.partners.sentLastHour")}
          value={integer(one.sent_last_hour, lang)}
          note={null}
          alarm={false}
        />
        <Figure
          name={t("administration.partners.dead")}
          value={integer(one.dead + one.inbox_dead, lang)}
          note={
            one.dead + one.inbox_dead
              ? t("administration.partners.deadWhich", {
                  out: integer(one.dead, lang),
                  in: integer(one.inbox_dead, lang),
                })
              : null
          }
          alarm={one.dead + one.inbox_dead > 0}
        />
        <Figure
          name={t("administration.partners.heard")}
          value={integer(one.inbox_waiting, lang)}
          note={
            one.inbox_last
              ? t("administration.partners.heardLast", { ago: ago(one.inbox_last, Date.now(), lang) })
              : t("administration.partners.heardNever")
          }
          alarm={false}
        />
      </dl>
      {one.configured && <BreakerLine one={one} />}
      {turned.length > 0 && (
        <p className={classes.line}>
          <Icon name="shield" size={18} />
          <span>
            {t("administration.partners.turnedAway")}{" "}
            {turned
              .map(([reason, count]) => `${refusalName(reason, t)} (${integer(count, lang)})`)
              .join("; ")}
          </span>
        </p>
      )}
      <footer>
        {(one.dead > 0 || one.inbox_dead > 0) && (
          <Button
            color="red"
            variant="light"
            onClick={() =>
              onMessages({ direction: one.dead > 0 ? "out" : "in", partner: one.code, state: "dead" })
            }
            data-testid={`dead-${one.code}`}
          >
            {t("administration.partners.seeDead")}
          </Button>
        )}
        <Button
          variant="subtle"
          onClick={() => onMessages({ direction: "out", partner: one.code, state: "" })}
        >
          {t("administration.partners.seeMessages")}
        </Button>
      </footer>
    </section>
  );
}

interface FigureProps {
  name: string;
  value: string;
  note: string | null;
  alarm: boolean;
}

function Figure({ name, value, note, alarm }: FigureProps) {
  return (
    <div data-alarm={alarm}>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        {note && <span>{note}</span>}
      </dd>
    </div>
  );
}

/** Whether messages go through; when not, until when and why. */
function BreakerLine({ one: { breaker } }: { one: PartnerHealth }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { state, until, last_ok_at, last_failed_at, last_error, failures } = breaker;
  const failedSince = last_failed_at !== null && (last_ok_at === null || last_failed_at > last_ok_at);
  return (
    <div className={classes.line} data-breaker={state}>
      <Icon name={state === "closed" ? "plug" : "warning"} size={18} />
      <span>
        {state === "open"
          ? t("administration.partners.breakerOpen", { until: until ? dateTime(until) : "…" })
          : t(
              state === "closed"
                ? "administration.partners.breakerClosed"
                : "administration.partners.breakerTrying",
            )}
        {last_ok_at && ` ${t("administration.partners.lastOk", { ago: ago(last_ok_at, Date.now(), lang) })}`}
        {failedSince && last_error && (
          <span className={classes.error}>
            {t("administration.partners.failed", { count: failures })} {saidText(last_error, lang)}
            {last_error.detail && ` (${last_error.detail})`}
          </span>
        )}
      </span>
    </div>
  );
}
