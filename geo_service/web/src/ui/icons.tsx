/** Line icons on a 24-unit grid; decoration only, the control around them carries the name. */
const PATHS = {
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4",
  close: "M6 6l12 12M18 6L6 18",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 2",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.8-3.6 3.7-5.5 7.5-5.500s6.7 1.9 7.5 5.5",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  check: "M5 12.500l4.5 4.500L19 7.5",
  split: "M5 5h14v14H5zM12 3v18",
  area: "M5 5h14v14H5zM5 14h14M8 17h.01M12 17h.01M16 17h.01",
  merge: "M4 6h7v12H4zM13 6h7v12h-7zM9 12h6",
  corner: "M5 19V7l12-2M17 5a2 2 0 1 0 .01 0M9 15l6-6",
  boundary: "M4 17l5-9 6 5 5-8M4 17h.01M20 5h.01",
  addPoint: "M4 18L20 6M12 12h.01M18 14v6M15 17h6",
  transfer: "M4 6h7v12H4zM13 12h7M17 8.500l3.5 3.5-3.5 3.5",
  tag: "M4 4h8l8 8-8 8-8-8zM8 8h.01",
  number: "M9 4L7 20M17 4l-2 16M4 9h16M3.5 15h16",
  undo: "M9 14L4 9l5-5M4 9h9a6 6 0 0 1 0 12h-3",
  redo: "M15 14l5-5-5-5M20 9h-9a6 6 0 0 0 0 12h3",
  left: "M14 6l-6 6 6 6",
  right: "M10 6l6 6-6 6",
  legend: "M4 5h5v4H4zM4 15h5v4H4zM12 7h8M12 17h8",
  pencil: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  target: "M12 3v4M12 17v4M3 12h4M17 12h4M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
