import { expect } from 'vitest';
import { textsBelow } from '../cli/ledger.js';
import type { Place, Ran } from '../cli/place.js';
import { PLANTED_SECRETS } from '../sandbox/estate.js';

const KEY = 'wJalr+Planted/SecretKey=EXAMPLE0123456789';
const TOKEN = 'IQoJb3JpZ2luX2VjPlanted//////////token+with=signs==';

export const SECRET_ENV = { AWS_SECRET_ACCESS_KEY: KEY, AWS_SESSION_TOKEN: TOKEN };

/** What those on the way say that should not. The text is so long that a message which is cut short cuts the token. */
export const TELLTALE = {
  message: `The request for key ${KEY} with X-Amz-Security-Token: ${TOKEN} failed`,
  headers: { 'x-debug-key': KEY, 'x-amzn-debug': encodeURIComponent(TOKEN) },
  text: `not for you, session ${TOKEN} of ${KEY}`,
};

/** Whole, in other writings, and the halves of it: what was cut is not recognized any more. */
function formsOf(secret: string): string[] {
  const half = Math.max(10, Math.floor(secret.length / 3));
  return [
    ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    ...[Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')],
    ...[secret.slice(0, half), secret.slice(-half)],
  ];
}

/** In nothing that was printed, logged, measured or stored. */
export function expectNoSecrets(place: Place, { stdout, stderr }: Pick<Ran, 'stdout' | 'stderr'>): void {
  const texts = new Map(Object.entries({ stdout, stderr }));
  for (const folder of ['data', 'logs']) {
    if (!place.has(folder)) continue;
    for (const [path, text] of textsBelow(place.file(folder))) texts.set(path, text);
  }
  const forms = [KEY, TOKEN, ...PLANTED_SECRETS].flatMap(formsOf);
  for (const [where, text] of texts) {
    for (const form of forms) expect(text.includes(form), `${form} in ${where}`).toBe(false);
  }
}
