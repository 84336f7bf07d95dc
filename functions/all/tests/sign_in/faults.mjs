// What an identity provider, or who pretends to be one, can get wrong.
import * as jose from 'jose';

const now = () => Math.floor(Date.now() / 1000);

async function sign(claims, header, key) {
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(await jose.importJWK(key, header.alg));
}

/** Other claims under a signature that is right. */
const saying = (other) => ({ claims, header, key }) => sign({ ...claims, ...other(claims) }, header, key);

/** The right claims, with a header of another key or algorithm. */
const signedBy = (header, key) => async (token) => sign(token.claims, { ...token.header, ...header }, await key(token));

async function strangersKey() {
  const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg: 'RS256' };
}

const secretOf = (text) => ({ kty: 'oct', k: Buffer.from(text).toString('base64url') });

export const faults = {
  wrong_nonce: saying(() => ({ nonce: 'of-another-login' })),
  no_nonce: saying(() => ({ nonce: undefined })),
  wrong_audience: saying(() => ({ aud: 'another-client' })),
  for_another_by_us: saying(({ aud }) => ({ aud: 'another-client', azp: aud })),
  another_party: saying(({ aud }) => ({ aud: [aud, 'another-client'], azp: 'another-client' })),
  wrong_issuer: saying(() => ({ iss: 'http://127.0.0.1:1' })),
  no_subject: saying(() => ({ sub: undefined })),
  expired: saying(() => ({ iat: now() - 600, exp: now() - 120 })),
  endless: saying(() => ({ exp: undefined })),
  from_the_future: saying(() => ({ iat: now() + 600, exp: now() + 1200, nbf: now() + 600 })),
  unsigned: ({ claims }) => new jose.UnsecuredJWT(claims).encode(),
  cut: ({ claims, header, key }) => sign(claims, header, key).then((token) => token.slice(0, token.lastIndexOf('.') + 1)),
  unknown_key: signedBy({ kid: 'nobody-knows-me' }, strangersKey),
  forged_key: signedBy({}, strangersKey),
  embedded_key: async ({ claims, header }) => {
    const key = await strangersKey();
    const { d, p, q, dp, dq, qi, ...jwk } = key;
    return sign(claims, { ...header, kid: undefined, jwk }, key);
  },
  public_key_as_secret: signedBy({ alg: 'HS256' }, async ({ key }) => {
    const { d, p, q, dp, dq, qi, ...open } = key;
    return secretOf(await jose.exportSPKI(await jose.importJWK(open, key.alg)));
  }),
  client_secret_as_key: signedBy({ alg: 'HS256', kid: undefined }, async ({ client }) => secretOf(client.client_secret)),
  garbage: () => 'not.a.token',
  none: undefined,
};

const discovery = '/.well-known/openid-configuration';
const html = '<html>Bad gateway</html>';

/** Whole replies that replace those of the provider. */
export const pages = {
  token_500: (path) => path === '/token' && { status: 500, body: html },
  token_html: (path) => path === '/token' && { status: 200, body: html },
  token_silence: (path) => path === '/token' && 'silence',
  token_without_id_token: (path) => path === '/token' && { status: 200, body: { access_token: 'a', token_type: 'Bearer' } },
  discovery_500: (path) => path === discovery && { status: 500, body: html },
  discovery_of_another: (path, issuer) =>
    path === discovery && {
      status: 200,
      body: {
        issuer: 'http://127.0.0.1:1',
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
      },
    },
  keys_500: (path) => path === '/jwks' && { status: 500, body: html },
};
