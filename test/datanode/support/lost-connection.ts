/** Expects a DataNode to end its connection to a client. */
import { expect } from 'vitest';

/** The codes of a connection that the other side has closed or reset. */
const LOST = /^(EOF|EOFException|EPIPE|ECONNRESET)$/;

/** Expects that the connection ends before an answer comes. */
export async function expectLost(answer: Promise<unknown>): Promise<void> {
  await expect(answer).rejects.toMatchObject({ code: expect.stringMatching(LOST) });
}
