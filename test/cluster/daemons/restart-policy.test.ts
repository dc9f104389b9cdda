// A daemon that dies is started again after 1, 2, 4, 8 and 16 seconds, and then no more within ten minutes.
import { expect, it } from 'vitest';
import { RestartPolicy } from '../../../cluster/daemons/restart-policy.ts';

it('waits longer each time, gives up, and begins anew after ten minutes', () => {
  const policy = new RestartPolicy();
  const delays = [0, 0, 0, 0, 0].map(() => policy.died(5000));
  expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000].map((ms) => ({ kind: 'start', atMs: 5000 + ms })));
  expect(policy.died(5000)).toEqual({ kind: 'give up' });
  expect(policy.died(700_000)).toEqual({ kind: 'start', atMs: 701_000 });
});
