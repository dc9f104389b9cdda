// Signs of life of an executable (PipeMapRed of Hadoop: reporterOutDelay_ and reporterErrDelay_ are ten seconds).
import { expect, it } from 'vitest';
import { StreamProgress } from '../../../mapreduce/streaming/stream-progress.ts';

function progress() {
  const statuses: string[] = [];
  const clock = { nowMs: 0 };
  const told = new StreamProgress(
    (status) => statuses.push(status),
    () => clock.nowMs,
  );
  return { statuses, clock, told };
}

it('an executable that writes without a status is alive every ten seconds', () => {
  const { statuses, clock, told } = progress();
  told.read();
  for (; clock.nowMs <= 600_000; clock.nowMs += 1000) {
    told.written();
    told.alive();
  }
  expect(statuses.slice(0, 2)).toEqual(['Records R/W=1/1', 'Records R/W=1/12']);
  expect(statuses).toHaveLength(Math.floor(600 / 11) + 1);
});

it('a status of the executable stays', () => {
  const { statuses, clock, told } = progress();
  told.status('half done');
  clock.nowMs = 10_001;
  told.written();
  told.alive();
  expect(statuses).toEqual(['half done', 'half done']);
});

it('an executable that writes nothing shows no sign of life', () => {
  const { statuses, clock, told } = progress();
  for (let i = 0; i < 100; i++) {
    clock.nowMs += 10_000;
    told.read();
  }
  expect(statuses).toEqual([]);
});
