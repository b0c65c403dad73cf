import { describe, expect, it } from "vitest";
import { oidcAddress, signInErrorOf } from "./returned";

describe("coming back from another provider", () => {
  it("names the refusals it knows, and says of others that there was one", () => {
    expect(signInErrorOf("?sign_in_error=provider-down")).toBe("provider-down");
    expect(signInErrorOf("?sign_in_error=%3Cb%3E")).toBe("other");
    expect(signInErrorOf("?a=1")).toBeNull();
    expect(signInErrorOf("")).toBeNull();
  });

  it("keeps the place of the map", () => {
    const to = oidcAddress({ pathname: "/", hash: "#map=17/21/105&parcel=w7epx" });
    expect(new URLSearchParams(to.split("?")[1]).get("return_to")).toBe("/#map=17/21/105&parcel=w7epx");
  });
});
