import { Alert, Button, FileButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { integer } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Citizen.module.css";
import { ACCEPTED, type Refusal, refusalOf } from "./picking";

interface Props {
  /** of the paper, for the names of the buttons */
  name: string;
  limit: number;
  onPick: (files: File[]) => void;
  /** nothing is there yet, something is, or nothing is needed */
  has: "nothing" | "files" | "record";
  disabled?: boolean;
  "data-testid": string;
}

const MIB = 1024 * 1024;

/** The ways to hand in a paper: a file of this device, or the camera of a phone. */
export function PaperSlot({ name, limit, onPick, has, disabled = false, "data-testid": testId }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [refused, setRefused] = useState<{ name: string; why: Refusal }[]>([]);
  const pick = async (files: File[]) => {
    const looked = await Promise.all(
      files.map(async (file) => ({ file, why: await refusalOf(file, limit) })),
    );
    setRefused(looked.flatMap(({ file, why }) => (why ? [{ name: file.name, why }] : [])));
    const good = looked.flatMap(({ file, why }) => (why ? [] : [file]));
    if (good.length) onPick(good);
  };
  const label = t(`citizen.papers.pick.${has}`);
  const variant = has === "record" ? "subtle" : "light";
  return (
    <>
      <div className={classes.pick}>
        <FileButton
          onChange={(files) => void pick(files)}
          accept={ACCEPTED}
          multiple
          disabled={disabled}
          inputProps={{ "data-testid": testId } as object}
        >
          {(props) => (
            <Button
              {...props}
              variant={variant}
              leftSection={<Icon name="plus" />}
              aria-label={`${label}: ${name}`}
            >
              {label}
            </Button>
          )}
        </FileButton>
        <span className={classes.camera} hidden={has === "record"}>
          <FileButton
            onChange={(file) => void pick(file ? [file] : [])}
            accept="image/jpeg"
            capture="environment"
            disabled={disabled}
          >
            {(props) => (
              <Button
                {...props}
                variant={variant}
                leftSection={<Icon name="eye" />}
                aria-label={`${t("citizen.papers.photograph")}: ${name}`}
              >
                {t("citizen.papers.photograph")}
              </Button>
            )}
          </FileButton>
        </span>
      </div>
      {refused.map((one) => (
        <Alert
          key={one.name}
          color="red"
          variant="light"
          icon={<Icon name="warning" />}
          role="alert"
          data-testid="file-refused"
        >
          <b>{one.name}</b>:{" "}
          {t(`citizen.refused.${one.why}`, { limit: integer(Math.floor(limit / MIB), lang) })}
        </Alert>
      ))}
    </>
  );
}
