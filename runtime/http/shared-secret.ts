/** A secret that the two ends of a connection share and never send: each end proves that it knows the secret. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export class SharedSecret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the HMAC-SHA256 of lines, none of which has a line feed, in hexadecimal. The first line names the purpose. */
  mac(...lines: readonly string[]): string {
    return createHmac('sha256', this.#text).update(lines.join('\n')).digest('hex');
  }
}

/** Compares a text that was received with the expected one, in a time that tells nothing of the expected one. */
export function isSameText(received: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(received), digest(expected));
}
