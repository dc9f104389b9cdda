/** A question that the user answers with yes or no. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Terminal } from './terminal.ts';

/** Asks until the answer is Y or N. The end of the input counts as N. */
export async function confirm(
  question: string,
  terminal: Terminal,
  stdin: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const lines = createInterface({ input: Readable.from(stdin, { objectMode: false }) });
  try {
    terminal.err(`${question} (Y or N) `);
    for await (const line of lines) {
      const answer = line.trim().toLowerCase();
      if (answer === 'y' || answer === 'yes') return true;
      if (answer === 'n' || answer === 'no') return false;
      terminal.err(`Invalid input: ${line}\n${question} (Y or N) `);
    }
    return false;
  } finally {
    lines.close();
  }
}
