import "@mantine/core/styles.css";
import "maplibre-gl/dist/maplibre-gl.css";
import "./ui/base.css";
import "./i18n";
import { MantineProvider } from "@mantine/core";
import { QueryCache, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { ProblemError } from "./api/client";
import { FreshClient } from "./api/freshClient";
import { theme, variables } from "./ui/theme";

const client: FreshClient = new FreshClient({
  queryCache: new QueryCache({
    // a session that ended elsewhere is found out by the first question that needed it
    onError: (error, { queryKey }) => {
      if (queryKey[0] === "session" || !(error instanceof ProblemError) || error.status !== 401) return;
      void client.invalidateQueries({ queryKey: ["session"] });
    },
  }),
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

/** The Content-Security-Policy lets only style elements with the number of this answer in. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

const root = document.getElementById("root");
if (!root) throw new Error("no #root");
createRoot(root).render(
  <QueryClientProvider client={client}>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      forceColorScheme="light"
      getStyleNonce={() => nonce}
    >
      <App />
    </MantineProvider>
  </QueryClientProvider>,
);
