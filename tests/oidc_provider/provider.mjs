// The identity provider that sign-in is tested against: the npm package oidc-provider with people, clients and keys given by the test.
//
// One line of JSON on standard input configures it:
//   { issuer, port, clients: [...], jwks: {keys: [...]}, acr_values: [...],
//     users: { login: { password, sub, acr, claims: { name, citizen_id, ... } } }, signed_claims: false }
// It writes "ready" to standard output, and ends when standard input ends.
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import Provider from "oidc-provider";

const LINES = createInterface({ input: process.stdin });
const config = JSON.parse(await new Promise((resolve) => LINES.once("line", resolve)));
LINES.on("close", () => process.exit(0));

const bySubject = (sub) => Object.values(config.users).find((user) => user.sub === sub);
const claimNames = [...new Set(Object.values(config.users).flatMap((user) => Object.keys(user.claims)))];

const provider = new Provider(config.issuer, {
  clients: config.clients,
  jwks: config.jwks,
  acrValues: config.acr_values,
  cookies: { keys: ["for tests only"] },
  claims: { openid: ["sub"], profile: claimNames, ...(config.acr_values.length ? { acr: null } : {}) },
  conformIdTokenClaims: !config.signed_claims,
  enabledJWA: {
    idTokenSigningAlgValues: ["RS256", "PS256", "ES256"],
  },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 300, AuthorizationCode: 60, IdToken: 300 },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, sub) => {
    const user = bySubject(sub);
    return user && { accountId: sub, claims: () => ({ sub, ...user.claims }) };
  },
  // people are not asked again whether the land register may know who they are
  loadExistingGrant: async (ctx) => {
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});

const page = (uid, message) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Test provider</title>
<h1>Test provider</h1>
${message ? `<p role="alert">${message}</p>` : ""}
<form method="post" action="/interaction/${uid}/login">
<label>Login <input name="login" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button>
</form>
<form method="post" action="/interaction/${uid}/abort"><button type="submit" name="abort">Cancel</button></form>
</html>`;

async function body(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return new URLSearchParams(text);
}

async function interact(request, response, uid, action) {
  if (action === "abort") {
    await provider.interactionFinished(request, response, { error: "access_denied", error_description: "cancelled" });
    return;
  }
  let message = "";
  if (action === "login") {
    const form = await body(request);
    const user = Object.hasOwn(config.users, form.get("login")) && config.users[form.get("login")];
    if (user && user.password === form.get("password")) {
      const login = { accountId: user.sub, ...(user.acr ? { acr: user.acr } : {}) };
      await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
      return;
    }
    message = "Wrong login or password.";
  }
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page(uid, message));
}

const oidc = provider.callback();
const INTERACTION = /^\/interaction\/([\w-]+)(?:\/(login|abort))?$/;

createServer((request, response) => {
  const found = INTERACTION.exec(request.url);
  if (!found) {
    oidc(request, response);
    return;
  }
  interact(request, response, found[1], request.method === "POST" ? found[2] : undefined).catch((error) => {
    response.writeHead(400, { "Content-Type": "text/plain" }).end(String(error));
  });
}).listen(config.port, "127.0.0.1", () => process.stdout.write("ready\n"));
