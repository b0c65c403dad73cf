import { expect, it } from "vitest";
import { readCode } from "./trackCode";

const CODE = "H26.103-261122-0001";

it.each([
  CODE,
  " h26.103-261122-0001 ",
  "Mã hồ sơ: H26.103 - 261122 - 0001",
  "H26.103–261122–0001.",
  `https://x.vn/#page=track&code=${CODE}`,
])("understands %s", (text) => expect(readCode(text)).toEqual({ code: CODE, token: null }));

it("takes the secret of the receipt out of an address", () =>
  expect(readCode(`https://x.vn/#page=track&code=${CODE}&t=ab_c`)).toEqual({ code: CODE, token: "ab_c" }));

it("says when it cannot be a code", () =>
  expect(["", "12345", "H26"].map(readCode)).toEqual([null, null, null]));
