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
  layers: "M12 4l9 5-9 5-9-5zM3 13.500l9 5 9-5",
  pencil: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  target: "M12 3v4M12 17v4M3 12h4M17 12h4M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
  shield: "M12 3l7 3v5c0 4.500-2.8 8-7 10-4.200-2-7-5.500-7-10V6zM9 12l2.2 2.2L15.500 10",
  key: "M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12l9-9M16 7l3 3M13.500 9.500l2 2",
  people:
    "M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM2.500 19.500c.6-3.2 3-5 6.500-5s5.900 1.800 6.500 5M15.500 5.500a3.200 3.200 0 0 1 0 6.200M18 14.800c2 .7 3.200 2.300 3.500 4.700",
  inbox: "M4 13l3-8h10l3 8v6H4zM4 13h5l1 2.500h4l1-2.500h5",
  log: "M6 3h9l4 4v14H6zM9 10h7M9 14h7M9 18h4",
  exit: "M10 4H5v16h5M14 8l4 4-4 4M9 12h9",
  eye: "M2.500 12c2.300-4.300 5.500-6.500 9.500-6.500s7.200 2.200 9.500 6.500c-2.300 4.300-5.500 6.500-9.500 6.500S4.800 16.300 2.500 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  download: "M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14",
  print: "M7 8V4h10v4M7 17H4V8h16v9h-3M7 14h10v6H7z",
  plus: "M12 5v14M5 12h14",
  menu: "M4 7h16M4 12h16M4 17h16",
  folder: "M3 6h6l2 2.500h10V19H3z",
  counter: "M4 20v-7h16v7M2.500 13h19M12 13V9M8.500 9h7M7 17h4",
  chart: "M4 20V5M4 20h16M8 16v-4M12 16V8M16 16v-6",
  calendar: "M5 6h14v14H5zM5 10h14M9 3v5M15 3v5M9 14h.01M13 14h.01M9 17h.01",
  plug: "M9 3v5M15 3v5M7 8h10v3a5 5 0 0 1-10 0zM12 16v5",
  book: "M12 6c-2-1.500-4.500-2-8-2v14c3.500 0 6 .5 8 2 2-1.500 4.500-2 8-2V4c-3.500 0-6 .5-8 2zM12 6v14",
  clip: "M8 12.500l6-6a3 3 0 0 1 4.500 4.200l-8 8a4.500 4.500 0 0 1-6.500-6.300l7.500-7.500",
  upload: "M12 16V5M7.500 9.500L12 5l4.500 4.500M5 20h14",
  pause: "M9 6v12M15 6v12",
  play: "M8 5l11 7-11 7z",
  comment: "M4 5h16v11H10l-4 4v-4H4z",
  send: "M4 12L20 4l-5 16-3.500-6.500z",
  hand: "M4 12h11M11 8l4 4-4 4M18 5v14",
  money: "M3 7h18v10H3zM12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5zM6 12h.01M18 12h.01",
  map: "M4 6l5-2 6 2 5-2v14l-5 2-6-2-5 2zM9 4v14M15 6v14",
  late: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 16h.01",
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
