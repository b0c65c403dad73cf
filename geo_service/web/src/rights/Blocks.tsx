import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Block } from "../api/types";
import { day, isoDay, lastDay } from "../format";
import { Icon } from "../ui/icons";
import { LiftForm, PutForm } from "./BlockForms";
import { inForce } from "./blocks";
import { blockKind } from "./names";
import classes from "./Rights.module.css";

interface Props {
  parcel: number;
  blocks: readonly Block[];
  writes: boolean;
}

/** What stops a change of the parcel, those in force first and loud; the lifted ones below. */
export function Blocks({ parcel, blocks, writes }: Props) {
  const { t } = useTranslation();
  const [putting, setPutting] = useState(false);
  const today = isoDay(new Date());
  const ordered = [...blocks].sort((a, b) => Number(inForce(b, today)) - Number(inForce(a, today)));
  if (!blocks.length && !writes) return null;
  return (
    <section className={classes.unit} aria-label={t("block.title")} data-testid="blocks">
      {ordered.map((block) => (
        <BlockCard
          key={block.id}
          parcel={parcel}
          block={block}
          holds={inForce(block, today)}
          writes={writes}
        />
      ))}
      {writes && !putting && (
        <Button
          variant="light"
          color="red"
          leftSection={<Icon name="lock" />}
          onClick={() => setPutting(true)}
          data-testid="put-block"
        >
          {t("block.put")}
        </Button>
      )}
      {putting && <PutForm parcel={parcel} onDone={() => setPutting(false)} />}
    </section>
  );
}

interface CardProps {
  parcel: number;
  block: Block;
  holds: boolean;
  writes: boolean;
}

function BlockCard({ parcel, block, holds, writes }: CardProps) {
  const { t } = useTranslation();
  const [lifting, setLifting] = useState(false);
  const { kind, reason, source, from, until, lifted_at } = block;
  const facts = [
    source,
    from && t("rights.from", { date: day(from) }),
    until && t("account.until", { date: day(lastDay(until)) }),
    lifted_at && t("block.lifted", { date: day(lifted_at) }),
  ].filter(Boolean);
  return (
    <article className={classes.block} data-lifted={!holds} role={holds ? "alert" : undefined}>
      <Text fw={600}>
        {holds && <Icon name="lock" size={18} />} {blockKind(kind, t)}
        {holds && <> — {t("block.stops")}</>}
      </Text>
      {reason && <Text>{reason}</Text>}
      {facts.length > 0 && <Text>{facts.join(" · ")}</Text>}
      {holds && writes && !lifting && (
        <Button
          variant="default"
          justify="center"
          onClick={() => setLifting(true)}
          data-testid={`lift-block-${block.id}`}
        >
          {t("block.lift")}
        </Button>
      )}
      {lifting && <LiftForm parcel={parcel} block={block.id} onDone={() => setLifting(false)} />}
    </article>
  );
}
