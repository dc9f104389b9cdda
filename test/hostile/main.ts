// Runs the parts of `npm run hostile` one after the other, and prints for each part what was tried, skipped or broken.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { systemRandom } from '../../runtime/runtime.ts';
import { Arena, NO_SLOTS } from './arena.ts';
import { ARENA_ARGUMENT, serveArena } from './arena-process.ts';
import { Chromium, findChromium } from './chromium.ts';
import { flood } from './floods.ts';
import { fuzz } from './fuzz.ts';
import { HOSTILE_PROPERTIES } from './names.ts';
import { attackAsNobody } from './other-user.ts';
import type { Part } from './part.ts';
import { openHostileNames } from './scripts.ts';
import { attackBySites, openOwnPages } from './sites.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== ARENA_ARGUMENT),
  options: {
    /** Time for the part that can take any: the fuzzer. */
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string' },
    part: { type: 'string' },
  },
});
const seed = values.seed === undefined ? systemRandom.nextInt(2 ** 31) : Number(values.seed);

const parameters: Part = async (say) => {
  const arena = await Arena.start({ properties: NO_SLOTS });
  try {
    const until = performance.now() + Number(values.seconds) * 1000;
    say(`${await fuzz(arena, { seed, until })} requests`);
  } finally {
    await arena.stop();
  }
};

const browser: Part = async (say) => {
  const program = findChromium();
  if (program === undefined) return say('skipped: there is no chromium on this machine');
  const arena = await Arena.start({ properties: { ...NO_SLOTS, ...HOSTILE_PROPERTIES } });
  const chromium = await Chromium.start(program, ['*.example', os.hostname()]);
  try {
    say(`${await openOwnPages(chromium, arena)} pages of the daemons opened by each name of this machine`);
    say(`${await attackBySites(chromium, arena)} attacks by pages of other sites`);
    say(`${await openHostileNames(chromium, arena)} pages with markup in their names`);
  } finally {
    await chromium.stop();
    await arena.stop();
  }
};

const PARTS: Readonly<Record<string, Part>> = { parameters, browser, user: attackAsNobody, floods: flood };

if (process.argv.includes(ARENA_ARGUMENT)) await serveArena();
else process.exit(await attack());

/** Runs the parts. Returns the exit status. */
async function attack(): Promise<number> {
  process.stdout.write(`seed ${seed}\n`);
  let failed = 0;
  for (const [name, part] of Object.entries(PARTS)) {
    if ((values.part ?? name) !== name) continue;
    const beganMs = performance.now();
    const say = (line: string): void => void process.stdout.write(`     ${line}\n`);
    try {
      process.stdout.write(`${name}\n`);
      await part(say);
      process.stdout.write(`ok   ${name}, ${((performance.now() - beganMs) / 1000).toFixed(1)} s\n`);
    } catch (e) {
      failed++;
      process.stdout.write(`FAIL ${name}\n${e instanceof Error ? e.stack : String(e)}\n`);
    }
  }
  return failed === 0 ? 0 : 1;
}
