// Parses the options of `npm run fuzz` and runs the fuzzer.
import { parseArgs } from 'node:util';
import { systemRandom } from '../../runtime/runtime.ts';
import { type FuzzReport, runFuzz } from './fuzz.ts';
import { FuzzFailure } from './run-decoder.ts';

const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    target: { type: 'string' },
    batch: { type: 'string' },
    'proto-dir': { type: 'string', default: 'protocol/proto' },
  },
});
const seed = values.seed === undefined ? systemRandom.nextInt(2 ** 31) : Number(values.seed);
process.stdout.write(`seed ${seed}\n`);

try {
  const report = await runFuzz({
    frames: Number(values.frames),
    seed,
    protoDir: values['proto-dir'],
    target: values.target,
    batch: values.batch === undefined ? undefined : Number(values.batch),
    // Reports progress, because the parent ends this process after a long silence.
    onBatch: (target, batch) => process.send?.({ target, batch }),
  });
  print(report);
  process.exit(0);
} catch (e) {
  process.stdout.write(`${e instanceof FuzzFailure ? e.describe(seed) : e instanceof Error ? e.stack : String(e)}\n`);
  process.exit(1);
}

function print({ rows, peak, bystanderOperations, bystanderBytesVerified }: FuzzReport): void {
  const line = (target: string, frames: number, ms: number) =>
    process.stdout.write(
      `${target.padEnd(48)} ${String(frames).padStart(9)} frames ${String(Math.round((frames * 1000) / ms)).padStart(8)}/s\n`,
    );
  for (const { target, frames, ms } of rows) line(target, frames, ms);
  const sum = (pick: 'frames' | 'ms') => rows.reduce((total, row) => total + row[pick], 0);
  line('all', sum('frames'), sum('ms'));
  const mib = (bytes: number) => `${Math.ceil(bytes / MIB)} MiB`;
  process.stdout.write(
    `took ${Math.round(sum('ms') / 1000)} s; peak memory ${mib(peak.rss)}, heap ${mib(peak.heap)}, outside of it \
${mib(peak.external)}; largest Buffer ${Math.ceil(peak.largestBuffer / 1024)} KiB
bystander: ${bystanderOperations} operations, ${bystanderBytesVerified} bytes verified, none disturbed
`,
  );
}
