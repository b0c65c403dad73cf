import "@mantine/core/styles.css";
import "maplibre-gl/dist/maplibre-gl.css";
import "./ui/base.css";
import "./i18n";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { ProblemError } from "./api/client";
import { theme, variables } from "./ui/theme";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // a refusal is an answer; only an unreachable or failing service is asked again
      retry: (count, error) =>
        count < 2 && !(error instanceof ProblemError && error.status >= 400 && error.status < 500),
    },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("no #root");
createRoot(root).render(
  <QueryClientProvider client={client}>
    <MantineProvider theme={theme} cssVariablesResolver={variables} forceColorScheme="light">
      <App />
    </MantineProvider>
  </QueryClientProvider>,
);
