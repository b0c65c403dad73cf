import { useHotkeys } from "@mantine/hooks";

/** Escape closes what lies on top: a dialog or a menu before the screen under it. */
export function useEscape(close: () => void): void {
  useHotkeys([["Escape", () => !document.querySelector('[role="dialog"], [role="menu"]') && close()]]);
}
