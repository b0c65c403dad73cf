import { Alert, Text } from "@mantine/core";
import type { Problem } from "../api/types";
import { useView } from "../state/view";
import { Icon } from "./icons";
import { problemText } from "./problem";

export function ProblemAlert({ problem, children }: { problem: Problem; children?: React.ReactNode }) {
  const lang = useView((v) => v.lang);
  const { title, detail } = problemText(problem, lang);
  return (
    <Alert color="red" variant="light" icon={<Icon name="warning" />} title={title} role="alert">
      {detail && <Text>{detail}</Text>}
      {children}
    </Alert>
  );
}
