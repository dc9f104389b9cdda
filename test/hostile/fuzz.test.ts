// Every parameter, header and body of every route takes values that mean something to some part of a program, and the
// daemons neither break nor tell what they must not. `npm run hostile` sends all requests, and this test some of them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Arena, NO_SLOTS } from './arena.ts';
import { fuzz, send } from './fuzz.ts';
import { validShots } from './shots.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.start({ properties: NO_SLOTS });
});
afterAll(() => arena.stop());

test('the valid requests, from which the others are made, are taken', async () => {
  for (const shot of validShots(arena)) {
    const { status, body } = await send(shot, arena.secret);
    // Jobs, attempts and trackers of the table are not there.
    expect([200, 302, 404], `${shot.head[0]}: ${body}`).toContain(shot.daemon === 'shuffle server' ? 404 : status);
  }
});

test('requests of strangers and of members', async () => {
  expect(await fuzz(arena, { seed: 1, requestsMax: 1500 })).toBe(1500);
});
