/** How statuses, terms and actions look: always a sign and a word beside the colour. Pure. */
import type { DossierAction, DossierBrief, StatusCode, Tone } from "../api/dossierTypes";
import type { User } from "../api/types";
import { may } from "../session/may";
import type { IconName } from "../ui/icons";

export interface Look {
  icon: IconName;
  color: string;
}

const STATUS: Record<StatusCode, Look> = {
  1: { icon: "inbox", color: "blue" },
  2: { icon: "check", color: "blue" },
  3: { icon: "close", color: "red" },
  4: { icon: "play", color: "green" },
  5: { icon: "pause", color: "grape" },
  6: { icon: "pause", color: "grape" },
  7: { icon: "undo", color: "gray" },
  8: { icon: "close", color: "gray" },
  9: { icon: "check", color: "teal" },
  10: { icon: "check", color: "teal" },
};
export const statusLook = (status: StatusCode): Look => STATUS[status];

export type Term = Tone | "paused" | "none" | "over";
const TERM: Record<Term, Look> = {
  green: { icon: "clock", color: "green" },
  amber: { icon: "warning", color: "yellow" },
  red: { icon: "late", color: "red" },
  paused: { icon: "pause", color: "grape" },
  none: { icon: "clock", color: "gray" },
  over: { icon: "check", color: "teal" },
};
export const termLook = (term: Term): Look => TERM[term];

/** How a dossier stands with its term. */
export function termOf({
  tone,
  step,
  finished_at,
}: Pick<DossierBrief, "tone" | "step" | "finished_at">): Term {
  if (finished_at !== null) return "over";
  if (step.clock === "paused") return "paused";
  return tone ?? "none";
}

/** What leads on, what asks back, and what ends a dossier against the wish of who applied. */
export type Weight = "forward" | "aside" | "back" | "end";

const WEIGHTS: Record<string, Weight> = {
  tax_slip: "aside",
  ask_payment: "aside",
  apologise: "aside",
  ask_supplement: "aside",
  send_back: "back",
  refuse: "end",
  stop: "end",
  withdraw: "end",
};
export const weightOf = (kind: string): Weight => WEIGHTS[kind] ?? "forward";

const ICONS: Record<string, IconName> = {
  accept: "check",
  approve: "check",
  propose_map: "send",
  forward: "right",
  finish: "check",
  hand_out: "hand",
  ask_supplement: "clip",
  supplement: "clip",
  tax_slip: "money",
  ask_payment: "money",
  apologise: "clock",
  send_back: "undo",
  refuse: "close",
  stop: "close",
  withdraw: "exit",
  resume: "play",
};
export const actionIcon = (kind: string): IconName => ICONS[kind] ?? "right";

/** The first that leads on is the one that is meant; those that end come last. */
export function inOrder(actions: readonly DossierAction[]): DossierAction[] {
  const rank: Weight[] = ["forward", "aside", "back", "end"];
  return [...actions].sort((a, b) => rank.indexOf(weightOf(a.kind)) - rank.indexOf(weightOf(b.kind)));
}

const NOBODYS = ["citizen", "partner", "nobody"];

/** Who may give the dossier to somebody where it stands: the leader, and who has its desk while nobody else has taken it. */
export function mayAssign(user: User | null | undefined, dossier: DossierBrief): boolean {
  const { step, assignee, received_unit, competent_unit } = dossier;
  if (!user || NOBODYS.includes(step.role)) return false;
  const unit = (step.place === "reception" ? received_unit : competent_unit).code;
  if (may(user, "desk.leader", unit)) return true;
  const desk = `desk.${step.role}` as "desk.reception";
  return may(user, desk, unit) && (assignee === null || assignee.id === user.id);
}

/** Whether it lies with the desk of this person and with nobody. */
export const mayTake = (user: User | null | undefined, dossier: DossierBrief): boolean =>
  dossier.assignee === null &&
  mayAssign(user, dossier) &&
  may(
    user,
    `desk.${dossier.step.role}` as "desk.reception",
    (dossier.step.place === "reception" ? dossier.received_unit : dossier.competent_unit).code,
  );
