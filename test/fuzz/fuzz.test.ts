// Tests all decoders and servers with a short run of the fuzzer.
import path from 'node:path';
import { expect, it } from 'vitest';
import { runFuzz } from './fuzz.ts';

const FRAMES = 8_000;

// No crash, no hang, no allocation above the frame limit, no effect on other connections. `npm run fuzz` is the long
// run, and repeats a failing seed.
it('8,000 mutated frames for every decoder and server harm nobody', { timeout: 180_000 }, async () => {
  const protoDir = path.join(import.meta.dirname, '..', '..', 'protocol', 'proto');
  const { rows, peak, bystanderOperations } = await runFuzz({ frames: FRAMES, seed: 20, protoDir });
  const frames = rows.reduce((sum, row) => sum + row.frames, 0);
  expect(frames).toBeGreaterThanOrEqual(FRAMES);
  expect(bystanderOperations).toBeGreaterThan(0);
  expect(peak.largestBuffer).toBeLessThan(16 * 1024 * 1024);
});
