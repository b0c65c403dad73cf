/** Enter goes to the next input of the form, as clerks are used to. */
import type { KeyboardEvent } from "react";

const INPUTS =
  'input:not([type="hidden"]):not([type="file"]):not(:disabled), select:not(:disabled), textarea:not(:disabled), [data-enter]:not(:disabled)';

export function moveOn(event: KeyboardEvent<HTMLElement>): void {
  const { target, currentTarget } = event;
  if (event.key !== "Enter" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey)
    return;
  if (!(target instanceof HTMLElement) || target instanceof HTMLTextAreaElement) return;
  // a list that is open takes Enter itself; a button is pressed
  if (target.getAttribute("aria-expanded") === "true" || target instanceof HTMLButtonElement) return;
  const inputs = [...currentTarget.querySelectorAll<HTMLElement>(INPUTS)].filter(
    (input) => input.offsetParent !== null,
  );
  const next = inputs[inputs.indexOf(target) + 1];
  if (!next) return;
  event.preventDefault();
  next.focus();
  if (next instanceof HTMLInputElement) next.select();
}
