// oidc-provider (certified by the OpenID Foundation) on loopback, with a login that asks nobody, and with faults to order.
//
// GET  /control  what it was asked so far: {"/token": 1, …}
// POST /control  changes what is named: {"clients": […], "fault": "expired", "rotate": true, "idTokenSeconds": 60, "emails": {…}, "authMethods": […]}
import { once } from 'node:events';
import http from 'node:http';
import { json } from 'node:stream/consumers';
import * as jose from 'jose';
import Provider from 'oidc-provider';
import Memory from 'oidc-provider/lib/adapters/memory_adapter.js';
import { faults, pages } from './faults.mjs';

const state = { clients: [], fault: 'none', idTokenSeconds: 3600, authMethods: ['client_secret_basic', 'client_secret_post', 'none'] };
const asked = {};
let jwks = await freshKeys();
let provider;

const server = http.createServer(answer).listen(Number(process.env.PORT ?? 0), '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
rebuild();
console.log(`the provider listens on ${issuer}`);

async function answer(request, response) {
  const path = new URL(request.url, issuer).pathname;
  if (path === '/control') {
    return reply(response, request.method === 'POST' ? await change(await json(request)) : asked);
  }
  const how = request.headers.authorization ? `${path} by header` : path;
  for (const key of new Set([path, how])) asked[key] = (asked[key] ?? 0) + 1;
  const page = pages[state.fault]?.(path, issuer);
  if (page) {
    return page === 'silence' ? undefined : reply(response, page.body, page.status);
  }
  return provider.callback()(request, response);
}

function reply(response, body, status = 200) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' }).end(text);
}

async function change({ rotate, ...rest }) {
  Object.assign(state, rest);
  if (rotate) jwks = await freshKeys();
  rebuild();
  return {};
}

/** One key for each algorithm; who asks for nothing else gets RS256. */
async function freshKeys() {
  const key = async (alg) => {
    const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    return { ...(await jose.exportJWK(privateKey)), alg, use: 'sig', kid: crypto.randomUUID() };
  };
  return { keys: await Promise.all(['RS256', 'ES256', 'EdDSA'].map(key)) };
}

/** Another provider with the same memory: codes and sessions outlive it. */
function rebuild() {
  provider = new Provider(issuer, {
    adapter: (model) => new Memory(model),
    clients: state.clients,
    jwks,
    findAccount: (_, name) => ({ accountId: name, claims: () => claimsOf(name) }),
    clientAuthMethods: state.authMethods,
    claims: { email: ['email', 'email_verified'], profile: ['name', 'picture'] },
    // Google, too, says the e-mail address in the ID token.
    conformIdTokenClaims: false,
    cookies: { keys: ['one process, one test'] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/login/${uid}` },
    loadExistingGrant,
    pkce: { required: () => true },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: state.idTokenSeconds, Interaction: 600, Session: 3600 },
  });
  provider.use(logIn);
  provider.use(spoil);
}

/** The subject is the name; its e-mail address can be changed: {"emails": {"ada": "ada@new.example"}}. */
function claimsOf(name) {
  const email = state.emails?.[name] ?? `${name}@example.com`;
  return { sub: name, email, email_verified: true, name: name[0].toUpperCase() + name.slice(1) };
}

/** Whom `login_hint` names is signed in; everybody else is ada. */
async function logIn(ctx, next) {
  if (!ctx.path.startsWith('/login/')) return next();
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  if (state.fault === 'denied') {
    return provider.interactionFinished(ctx.req, ctx.res, { error: 'access_denied' });
  }
  return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: params.login_hint ?? 'ada' } });
}

async function loadExistingGrant({ oidc }) {
  const { clientId } = oidc.client;
  const known = oidc.session.grantIdFor(clientId);
  if (known) return oidc.provider.Grant.find(known);
  const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid email profile');
  await grant.save();
  return grant;
}

/** Another ID token than the right one, signed by the right key unless the fault says otherwise. */
async function spoil(ctx, next) {
  await next();
  const fault = faults[state.fault];
  if (ctx.path !== '/token' || !fault || !ctx.body?.id_token) return;
  const header = jose.decodeProtectedHeader(ctx.body.id_token);
  const key = jwks.keys.find(({ kid }) => kid === header.kid);
  const client = state.clients.find(({ client_id }) => client_id === ctx.oidc.client.clientId);
  ctx.body.id_token = await fault({ claims: jose.decodeJwt(ctx.body.id_token), header, key, client });
}
