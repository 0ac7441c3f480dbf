/**
 * Who may read. Nothing here is writable, so what is guarded against is reading along: a page of
 * another origin in the user's browser (also by DNS rebinding, hence the Host list), and, beyond
 * loopback, anybody without the token.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const COOKIE = 'tradetail_session';

/** @returns whether only this machine can reach what listens there */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(bracketed(host)) || /^127(\.\d{1,3}){3}$/.test(host);
}

/** @returns a check of the Host header: the name it asks for, whatever the port */
export function hostCheck(
  bound: string,
  others: readonly string[],
): (request: IncomingMessage) => boolean {
  const allowed = new Set([...LOOPBACK, bracketed(bound), ...others.map(bracketed)]);
  return ({ headers }) => allowed.has((headers.host ?? '').toLowerCase().replace(/:\d*$/, ''));
}

/** @returns whether the request comes from no page or from a page of ours */
export function isSameOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}

export interface TokenCheck {
  /** Whether the request carries the token or the cookie that a page got for it. */
  accepts(request: IncomingMessage): boolean;
  /** The Set-Cookie header for someone who came with this token in the address; undefined where it is wrong. */
  cookieFor(token: string): string | undefined;
}

export function tokenCheck(token: string): TokenCheck {
  // The cookie is derived, so that it cannot be used as the token elsewhere and survives a restart.
  const session = digest(token, 'tradetail session').toString('hex');
  const isToken = equals(token);
  const isSession = equals(session);
  return {
    accepts({ headers: { authorization, cookie } }) {
      const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (bearer !== undefined) return isToken(bearer);
      const pairs = (cookie ?? '').split(';').map((pair) => pair.trim());
      return pairs.some(
        (pair) => pair.startsWith(`${COOKIE}=`) && isSession(pair.slice(COOKIE.length + 1)),
      );
    },
    cookieFor(given) {
      return isToken(given) ? `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict` : undefined;
    },
  };
}

/** Comparison in a time that says nothing about the secret: digests have one length. */
function equals(secret: string): (given: string) => boolean {
  const expected = digest(secret, '');
  return (given) => timingSafeEqual(digest(given, ''), expected);
}

function digest(key: string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host.toLowerCase();
}
