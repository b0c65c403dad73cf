import { QueryObserver } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { FreshClient } from "./freshClient";

it("asks again for a first answer that was under way when something changed", async () => {
  const client = new FreshClient();
  let now = "before";
  const answers: (() => void)[] = [];
  const observer = new QueryObserver(client, {
    queryKey: ["people", "moi"],
    queryFn: () => {
      const read = now;
      return new Promise<string>((resolve) => answers.push(() => resolve(read)));
    },
  });
  const stop = observer.subscribe(() => undefined);
  expect(answers).toHaveLength(1);
  now = "after";
  const told = client.invalidateQueries({ queryKey: ["people"] });
  await Promise.resolve();
  answers[0]?.(); // the old answer comes in all the same
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.();
  await told;
  expect(observer.getCurrentResult().data).toBe("after");
  stop();
});

it("leaves other questions alone", async () => {
  const client = new FreshClient();
  let asked = 0;
  const observer = new QueryObserver(client, {
    queryKey: ["units"],
    queryFn: () => Promise.resolve(++asked),
  });
  const stop = observer.subscribe(() => undefined);
  await client.invalidateQueries({ queryKey: ["people"] });
  await expect.poll(() => observer.getCurrentResult().data).toBe(1);
  expect(asked).toBe(1);
  stop();
});
