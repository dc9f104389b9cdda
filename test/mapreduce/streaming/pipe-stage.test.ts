// An executable and the pairs on their way: neither side may block the other one, and its failures are told.
import { describe, expect, it } from 'vitest';
import { pairWriter } from '../../../mapreduce/streaming/input-writers.ts';
import { pairReader } from '../../../mapreduce/streaming/output-readers.ts';
import { PipeStage } from '../../../mapreduce/streaming/pipe-stage.ts';

const TAB = Buffer.from('\t');
const TEXT = { key: 'text', value: 'text' } as const;

/** Writes `count` pairs of 1000 bytes through a command. Returns the lines that came back. */
async function through(command: string, count: number, statusCounts = true): Promise<{ lines: number; bytes: number }> {
  let [lines, bytes] = [0, 0];
  const emit = (key: unknown, value: unknown): void => {
    lines++;
    bytes += (key as Buffer).length + (value as Buffer).length;
  };
  const stage = await PipeStage.start({
    words: ['sh', '-c', command],
    directory: process.cwd(),
    environment: { PATH: process.env.PATH ?? '' },
    reporterPrefix: 'reporter:',
    errors: { count: () => undefined, setStatus: () => undefined, log: () => undefined },
    reader: pairReader('text', { separator: TAB, keyFields: 1 }),
    writer: (target) => pairWriter('text', target, { kinds: TEXT, separator: TAB, ignoresKey: false }),
    statusCounts,
  });
  try {
    const value = Buffer.alloc(996, 'v');
    for (let i = 0; i < count; i++) await stage.write(Buffer.from('k'), value, emit);
    await stage.finish(emit);
    return { lines, bytes };
  } finally {
    stage.kill();
  }
}

describe('an executable', () => {
  it('that reads and writes at once gives all back', async () => {
    expect(await through('cat', 20_000)).toEqual({ lines: 20_000, bytes: 997 * 20_000 });
  });

  it('that reads all before it writes', async () => {
    expect(await through('x=$(cat | wc -l); seq $x', 5_000)).toMatchObject({ lines: 5_000 });
  });

  it('that writes much before it reads', async () => {
    expect(await through('seq 300000; cat >/dev/null', 5_000)).toMatchObject({ lines: 300_000 });
  });

  it('that writes much to its standard error', async () => {
    expect(await through('seq 200000 >&2; cat', 2_000)).toMatchObject({ lines: 2_000 });
  });

  it('that gets no record', async () => {
    expect(await through('cat; echo end', 0)).toMatchObject({ lines: 1 });
  });
});

describe('the failure of an executable', () => {
  // PipeMapRed.waitOutputThreads().
  it('tells the status and the last lines of its standard error', async () => {
    await expect(through('cat >/dev/null; echo first >&2; echo last >&2; exit 7', 10)).rejects.toMatchObject({
      javaClass: 'java.lang.RuntimeException',
      message:
        'PipeMapRed.waitOutputThreads(): subprocess failed with code 7\nThe last lines of its standard error:\nfirst\nlast',
    });
  });

  it('of a signal is the status that Java gives', async () => {
    await expect(through('kill -9 $$', 10)).rejects.toThrow('subprocess failed with code 137');
  });

  it('counts not, with stream.non.zero.exit.is.failure=false', async () => {
    expect(await through('cat; exit 7', 10, false)).toMatchObject({ lines: 10 });
  });

  it('that does not read a large input is a broken pipe, and a small one is fine', async () => {
    await expect(through('exec 0<&-; sleep 0.2', 5_000)).rejects.toMatchObject({
      javaClass: 'java.io.IOException',
      message: 'Broken pipe',
    });
    expect(await through('exec 0<&-; echo done', 10)).toMatchObject({ lines: 1 });
  });

  it('counts more than the pipe that it has closed', async () => {
    await expect(through('exec 0<&-; exit 3', 5_000)).rejects.toThrow('subprocess failed with code 3');
  });
});
