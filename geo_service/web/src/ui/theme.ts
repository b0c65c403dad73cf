import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const forest: MantineColorsTuple = [
  "#eef7f1",
  "#dcece2",
  "#b5d8c3",
  "#8bc3a1",
  "#68b185",
  "#4f9f70",
  "#2f7d52",
  "#1f6a43",
  "#185a38",
  "#14532d",
];

/** No text of the interface is smaller than 16 px; all sizes are in rem so that the browser's zoom works. */
export const theme = createTheme({
  fontFamily: '"Be Vietnam Pro", system-ui, sans-serif',
  headings: { fontFamily: '"Be Vietnam Pro", system-ui, sans-serif', fontWeight: "600" },
  colors: { forest },
  primaryColor: "forest",
  primaryShade: 8,
  defaultRadius: "md",
  focusRing: "auto",
  respectReducedMotion: true,
  fontSizes: { xs: "1rem", sm: "1rem", md: "1rem", lg: "1.125rem", xl: "1.25rem" },
  components: {
    // the page never scrolls, so nothing has to be locked; locking would write a <style> element of its own
    Modal: { defaultProps: { lockScroll: false } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 350 } },
    Badge: {
      styles: { root: { fontSize: "1rem", textTransform: "none", fontWeight: 500 } },
      defaultProps: { size: "lg" },
    },
  },
});

/** Text colours that are easy to read on white and on the light tints (5:1 and more). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#57534e",
    "--mantine-color-placeholder": "#6b6560",
    "--mantine-color-error": "#b91c1c",
    "--mantine-color-green-light-color": "#14532d",
    "--mantine-color-yellow-light-color": "#713f12",
    "--mantine-color-orange-light-color": "#7c2d12",
    "--mantine-color-red-light-color": "#991b1b",
    "--mantine-color-gray-light-color": "#292524",
  },
  dark: {},
});
