import { Checkbox, Drawer, NativeSelect, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { calendar } from "../api/administration";
import type { CalendarDay, DayKind, Grade, NewCalendarDay } from "../api/administrationTypes";
import { word } from "../catalogue/words";
import { day as dayText } from "../format";
import classes from "./Calendar.module.css";
import { Consequences } from "./Consequences";
import { useTwoSteps } from "./useTwoSteps";
import { isWeekend, kindsFor, weekday } from "./year";

interface Props {
  day: string | null;
  said: CalendarDay | undefined;
  onClose: () => void;
}

/** One day: what it is, and what it is to be. */
export function DayDrawer({ day, said, onClose }: Props) {
  const { t } = useTranslation();
  const phone = useMediaQuery("(max-width: 48em)");
  return (
    <Drawer
      opened={day !== null}
      onClose={onClose}
      position="right"
      size={phone ? "100%" : "28rem"}
      withOverlay={false}
      lockScroll={false}
      closeOnClickOutside={false}
      shadow="xl"
      title={
        day && (
          <b>
            {t(`administration.calendar.weekday.${asWeekday(weekday(day))}`)}, {dayText(day)}
          </b>
        )
      }
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <div data-testid="day-drawer">
        {day && <DayForm key={`${day}/${said?.kind ?? ""}`} day={day} said={said} onDone={onClose} />}
      </div>
    </Drawer>
  );
}

export const asWeekday = (n: number) => Math.min(7, Math.max(1, n)) as 1 | 2 | 3 | 4 | 5 | 6 | 7;

type Wish = NewCalendarDay | "plain";

function DayForm({ day, said, onDone }: { day: string; said: CalendarDay | undefined; onDone: () => void }) {
  const { t } = useTranslation();
  const kinds = kindsFor(day);
  const [fields, setFields] = useState<NewCalendarDay>({
    kind: said?.kind ?? kinds[0] ?? "holiday",
    name_vi: said?.name_vi ?? "",
    name_en: said?.name_en ?? "",
    source: said?.source ?? "",
    grade: said?.grade ?? "D",
    provisional: said?.provisional ?? false,
  });
  const steps = useTwoSteps<Wish>(
    (wish, preview) =>
      wish === "plain" ? calendar.dropDay(day, preview) : calendar.putDay(day, wish, preview),
    onDone,
  );
  const plain = t(
    isWeekend(day) ? "administration.calendar.state.weekend" : "administration.calendar.state.working",
  );
  const [to, setTo] = useState<"plain" | "said">("said");
  const set = (change: Partial<NewCalendarDay>) => {
    steps.forget();
    setFields({ ...fields, ...change });
  };
  const whole = fields.name_vi.trim() && fields.name_en.trim() && fields.source.trim();
  const wish: Wish | null = to === "plain" ? "plain" : whole ? trimmed(fields) : null;
  return (
    <Stack>
      <Text>
        {said
          ? t("administration.calendar.isNow", { kind: t(`administration.calendar.state.${said.kind}`) })
          : t("administration.calendar.isPlain", { plain })}
      </Text>
      {said && (
        <SegmentedControl
          value={to}
          onChange={(next) => {
            steps.forget();
            setTo(next === "plain" ? "plain" : "said");
          }}
          data={[
            { value: "said", label: t("administration.calendar.changeIt") },
            { value: "plain", label: t("administration.calendar.makePlain") },
          ]}
          data-testid="day-to"
        />
      )}
      {to === "plain" ? (
        <Text>{t("administration.calendar.willBe", { plain })}</Text>
      ) : (
        <div className={classes.fields}>
          <NativeSelect
            label={t("administration.calendar.kind")}
            value={fields.kind}
            onChange={({ currentTarget: { value } }) =>
              set({ kind: kinds.find((one: DayKind) => one === value) ?? fields.kind })
            }
            data={kinds.map((kind) => ({ value: kind, label: t(`administration.calendar.state.${kind}`) }))}
            data-testid="day-kind"
          />
          <TextInput
            className={classes.wide}
            label={t("administration.field.name_vi")}
            value={fields.name_vi}
            onChange={(event) => set({ name_vi: event.currentTarget.value })}
            required
            data-testid="day-name-vi"
          />
          <TextInput
            className={classes.wide}
            label={t("administration.field.name_en")}
            value={fields.name_en}
            onChange={(event) => set({ name_en: event.currentTarget.value })}
            required
            data-testid="day-name-en"
          />
          <TextInput
            className={classes.wide}
            label={t("administration.field.source")}
            placeholder={t("administration.calendar.sourceExample")}
            value={fields.source}
            onChange={(event) => set({ source: event.currentTarget.value })}
            required
            data-testid="day-source"
          />
          <NativeSelect
            label={t("administration.field.grade")}
            value={fields.grade}
            onChange={({ currentTarget: { value } }) => set({ grade: value as Grade })}
            data={(["A", "B", "C", "D"] as const).map((grade) => ({
              value: grade,
              label: word("grade", grade, t),
            }))}
          />
          <Checkbox
            className={classes.wide}
            label={t("administration.calendar.provisionalField")}
            description={t("administration.calendar.provisionalWhat")}
            checked={fields.provisional}
            onChange={(event) => set({ provisional: event.currentTarget.checked })}
          />
        </div>
      )}
      <Consequences steps={steps} wish={wish} label={t("administration.calendar.confirmDay")} />
    </Stack>
  );
}

const trimmed = (fields: NewCalendarDay): NewCalendarDay => ({
  ...fields,
  name_vi: fields.name_vi.trim(),
  name_en: fields.name_en.trim(),
  source: fields.source.trim(),
});
