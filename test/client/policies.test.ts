// Tests the client's small policies: replacement of DataNodes, choice of replicas, pauses between calls, and the umask.
import { describe, expect, it } from 'vitest';
import { chooseReplica, refetchDelayMs } from '../../client/dfs/replica-choice.ts';
import { parseUmask } from '../../client/filesystem/umask.ts';
import { replaceDatanodeRule, wantsReplacement } from '../../client/write/replace-datanode.ts';
import { retryDelaysMs } from '../../client/write/retry-delays.ts';
import { Configuration } from '../../conf/configuration.ts';
import { datanode } from './write/pipeline-scenario.ts';

const KEY = 'dfs.client.block.write.replace-datanode-on-failure';

describe('replace-datanode-on-failure, hdfs-default.xml', () => {
  it.each([
    ['NEVER', 3, 1, false, false],
    ['ALWAYS', 3, 2, false, true],
    ['ALWAYS', 2, 1, false, true],
    // An empty or complete pipeline needs no replacement under any policy.
    ['ALWAYS', 3, 0, false, false],
    ['ALWAYS', 3, 3, false, false],
    // DEFAULT replaces if r >= 3 and (floor(r/2) >= n, or the block is hflushed).
    ['DEFAULT', 2, 1, true, false],
    ['DEFAULT', 3, 2, false, false],
    ['DEFAULT', 3, 2, true, true],
    ['DEFAULT', 3, 1, false, true],
    ['DEFAULT', 4, 2, false, true],
    ['DEFAULT', 5, 3, false, false],
  ] as const)('%s, r=%i, n=%i, hflushed %s: %s', (policy, replication, nodesLeft, isHflushed, wanted) => {
    expect(wantsReplacement(policy, { replication, nodesLeft, isHflushed, isAppend: false })).toBe(wanted);
  });

  it('appended blocks count as hflushed', () => {
    const facts = { replication: 3, nodesLeft: 2, isHflushed: false, isAppend: true };
    expect(wantsReplacement('DEFAULT', facts)).toBe(true);
  });

  it('is read from the configuration', () => {
    expect(replaceDatanodeRule(new Configuration())).toEqual({ policy: 'DEFAULT', bestEffort: true, nodesMin: 0 });
    const conf = new Configuration({ [`${KEY}.policy`]: 'always', [`${KEY}.best-effort`]: 'false' });
    expect(replaceDatanodeRule(conf)).toMatchObject({ policy: 'ALWAYS', bestEffort: false });
    expect(replaceDatanodeRule(conf.set(`${KEY}.enable`, false)).policy).toBe('NEVER');
    expect(() => replaceDatanodeRule(new Configuration({ [`${KEY}.policy`]: 'SOME' }))).toThrow(`${KEY}.policy: SOME`);
  });
});

describe('replica choice', () => {
  const [a, b, c] = ['A', 'B', 'C'].map(datanode) as [
    ReturnType<typeof datanode>,
    ReturnType<typeof datanode>,
    ReturnType<typeof datanode>,
  ];
  const here = { ...c, id: { ...c.id, ipAddr: '10.9.9.9' } };
  const localAddresses = new Set(['10.9.9.9']);

  it('takes the order of the NameNode', () => {
    expect(chooseReplica({ replicas: [b, a], localAddresses, dead: new Set() })).toBe(b);
  });

  it('prefers a replica on this host', () => {
    expect(chooseReplica({ replicas: [b, here, a], localAddresses, dead: new Set() })).toBe(here);
  });

  it('avoids nodes that failed, the local one too', () => {
    expect(chooseReplica({ replicas: [b, here, a], localAddresses, dead: new Set(['C', 'B']) })).toBe(a);
    expect(chooseReplica({ replicas: [b], localAddresses, dead: new Set(['B']) })).toBeUndefined();
  });

  it('waits in a later and longer window each time (DFSInputStream.refetchLocations)', () => {
    expect([0, 1, 2].map((n) => [refetchDelayMs(n, 3000, 0), refetchDelayMs(n, 3000, 1)])).toEqual([
      [0, 3000],
      [3000, 9000],
      [6000, 15000],
    ]);
  });
});

it('retry delays: some quick ones, then those of Hadoop', () => {
  expect(retryDelaysMs(400, 5)).toEqual([10, 20, 40, 80, 160, 320, 400, 800, 1600, 3200, 6400]);
  expect(retryDelaysMs(40_000, 3).slice(-3)).toEqual([40_000, 60_000, 60_000]);
});

it.each([
  ['022', 0o022],
  ['0077', 0o077],
  ['u=rwx,g=rx,o=', 0o027],
  ['a=rx', 0o222],
])('fs.permissions.umask-mode %s', (text, mask) => {
  expect(parseUmask(text)).toBe(mask);
});

it('fs.permissions.umask-mode of another form is refused', () => {
  expect(() => parseUmask('8')).toThrow('umask');
});
