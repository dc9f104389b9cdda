/** What a client sees when the DataNode ends its connection. */
import { expect } from 'vitest';

/** The codes of a connection that the other side has closed or reset. */
const LOST = /^(EOF|EOFException|EPIPE|ECONNRESET)$/;

/** Waits until the wait for an answer fails because the connection is gone, without any answer. */
export async function expectLost(answer: Promise<unknown>): Promise<void> {
  await expect(answer).rejects.toMatchObject({ code: expect.stringMatching(LOST) });
}
