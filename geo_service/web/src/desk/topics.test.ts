import { expect, it } from "vitest";
import type { User } from "../api/types";
import { deskTopics } from "./topics";

const holding = (units: string[]) => ({ capabilities: { "dossier.read": units } }) as unknown as User;

it("follows the desks of one's units", () => {
  expect(deskTopics(holding(["00004", "00008"]))).toEqual(["desk/00004", "desk/00008"]);
});

it("follows the city with one topic", () => expect(deskTopics(holding(["00004", "*"]))).toEqual(["desk/*"]));

it("follows nothing for somebody without a desk", () => {
  expect([deskTopics(null), deskTopics({ capabilities: {} } as User)]).toEqual([[], []]);
});
