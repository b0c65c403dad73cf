import { expect, it } from "vitest";
import { deviceOf } from "./device";

it.each([
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36",
    "Chrome · Windows",
  ],
  ["Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150.0", "Edge · Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iOS"],
  ["python-httpx/0.28", "python-httpx/0.28"],
])("reads %s", (agent, device) => expect(deviceOf(agent)).toBe(device));

it("does not invent a device", () => expect([deviceOf(null), deviceOf("")]).toEqual([null, null]));
