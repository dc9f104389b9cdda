// Records what a command prints.
import { vi } from 'vitest';

/** Runs a command. Returns its exit status and all that it printed. */
export async function printed(command: () => Promise<number>): Promise<{ status: number; text: string }> {
  const written: string[] = [];
  const note = (text: unknown) => written.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(note));
  try {
    const status = await command();
    return { status, text: written.join('') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
