import { describe, expect, it } from "vitest";
import type { User } from "../api/types";
import { may, pageFor } from "./may";

const user: User = {
  id: 1,
  login: "a",
  name: "A",
  level: 2,
  needs: null,
  has_totp: true,
  demo: false,
  person: false,
  capabilities: { "edit.propose": ["00070", "00073"], "audit.read": ["*"] },
  roles: [],
};

describe("what a person may do", () => {
  it("holds in the units named, and nowhere else", () => {
    expect(may(user, "edit.propose", "00070")).toBe(true);
    expect(may(user, "edit.propose", "00001")).toBe(false);
    expect(may(user, "audit.read", "00001")).toBe(true);
  });

  it("without a unit asks for any", () => {
    expect(may(user, "edit.propose")).toBe(true);
    expect(may(user, "edit.approve")).toBe(false);
    expect(may({ ...user, capabilities: { "edit.approve": [] } }, "edit.approve")).toBe(false);
  });

  it("gives a visitor nothing", () => {
    expect(may(null, "edit.propose")).toBe(false);
    expect(may(undefined, "rights.read", "00070")).toBe(false);
  });

  it("opens the pages that go with it", () => {
    expect(pageFor(user, "account")).toBe("account");
    expect(pageFor(user, "audit")).toBe("audit");
    expect(pageFor(user, "admin")).toBeNull();
    expect(pageFor(null, "account")).toBeNull();
    expect(pageFor(user, null)).toBeNull();
    expect(pageFor(null, "track")).toBe("track");
    expect(pageFor(null, "mine")).toBeNull();
    expect(pageFor(user, "mine")).toBe("mine");
    expect(pageFor(user, "counter")).toBeNull();
  });
});
