// A name look-up that fails is no proof that a host is gone: it is tried again, told, and removes no host from the lists.
import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { hostListsAtStart, readHostLists } from '../../../namenode/datanodes/host-lists.ts';
import { NO_HOST_LISTS } from '../../../namenode/datanodes/hosts-file.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { nameNodeBench } from '../namenode-bench.ts';

/** The pauses between the attempts of a look-up, which take no time here. */
const PAUSES_MS: readonly (number | undefined)[] = [100, 1000];
const pauses: (number | undefined)[] = [];
const lookup = vi.fn<(host: string) => Promise<LookupAddress[]>>();

const failure = (code: string) => Object.assign(new Error(`getaddrinfo ${code}`), { code });

/** The answers to the look-ups of a host, the last one again and again. */
let answers: Record<string, (LookupAddress[] | Error)[]>;
const bench = nameNodeBench();
const warn = vi.fn();
const error = vi.fn();
const log = Object.assign(Object.create(silentLogger), { warn, error });

beforeEach(() => {
  vi.clearAllMocks();
  pauses.length = 0;
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as never);
  const setTimer = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
    if (!PAUSES_MS.includes(ms)) return setTimer(run, ms);
    pauses.push(ms);
    return setTimer(run, 0);
  }) as never);
  lookup.mockImplementation(async (host) => {
    const mine = answers[host] ?? [];
    const answer = (mine.length > 1 ? mine.shift() : mine[0]) ?? failure('ENOTFOUND');
    if (answer instanceof Error) throw answer;
    return answer;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const d1: LookupAddress[] = [
  { address: '::1', family: 6 },
  { address: '10.0.0.1', family: 4 },
];

async function confWith(hosts: string): Promise<Configuration> {
  const file = path.join(bench.dir, 'hosts');
  await fs.writeFile(file, hosts);
  return new Configuration({ 'dfs.hosts': file });
}

describe('the host lists', () => {
  test('have the addresses of a name, IPv4 first, after a look-up that failed for a while', async () => {
    answers = { d1: [failure('EAI_AGAIN'), failure('EAI_FAIL'), d1] };
    const { included, named } = await readHostLists(await confWith('d1:9866'), log);
    expect(included.map(({ host }) => host)).toEqual(['d1', '10.0.0.1', '::1']);
    expect(named).toEqual([{ host: '10.0.0.1', hostName: 'd1', port: 9866 }]);
    expect(pauses).toEqual([100, 1000]);
    expect(warn.mock.calls.map(([facts]) => [facts.host, facts.err.code, facts.attempt])).toEqual([
      ['d1', 'EAI_AGAIN', 1],
      ['d1', 'EAI_FAIL', 2],
    ]);
  });

  // Hadoop's HostFileManager ignores the address of a name that is not resolved; the name itself still counts here.
  test('have the name alone of a host that provably does not exist, at the first attempt', async () => {
    answers = { d1: [d1] };
    const { included, named } = await readHostLists(await confWith('gone\nd1'), log);
    expect(included.map(({ host }) => host)).toEqual(['gone', 'd1', '10.0.0.1', '::1']);
    expect(named.map(({ hostName }) => hostName)).toEqual(['d1']);
    expect(pauses).toEqual([]);
    expect(warn).toHaveBeenCalledExactlyOnceWith({ host: 'gone' }, expect.stringContaining('has no address'));
  });

  test('are refused when a look-up fails for good, by the name of the host', async () => {
    answers = { d1: [d1], d2: [failure('EAI_AGAIN')] };
    await expect(readHostLists(await confWith('d1\nd2'), log)).rejects.toMatchObject({
      code: 'IOException',
      message: "The addresses of d2 can't be looked up: getaddrinfo EAI_AGAIN: the host lists stay as they were",
    });
    expect(lookup.mock.calls.filter(([host]) => host === 'd2')).toHaveLength(3);
  });

  test('are not in force at the start when a look-up fails: half a list would keep DataNodes out', async () => {
    answers = { d1: [d1], d2: [failure('EAI_AGAIN')] };
    expect(await hostListsAtStart(await confWith('d1\nd2'), log)).toEqual(NO_HOST_LISTS);
    expect(error).toHaveBeenCalledExactlyOnceWith(
      { err: expect.objectContaining({ message: expect.stringContaining('The addresses of d2') }) },
      expect.stringContaining('not in force until dfsadmin -refreshNodes'),
    );
  });

  test('are not read past a bug', async () => {
    const conf = await confWith('d1');
    vi.spyOn(conf, 'get').mockImplementation(() => {
      throw new TypeError('planted');
    });
    await expect(hostListsAtStart(conf, log)).rejects.toThrow('planted');
    expect(error).not.toHaveBeenCalled();
  });

  test('stay as they were when refreshNodes meets a look-up that fails, and the administrator is told', async () => {
    answers = { d1: [d1] };
    const conf = await confWith('d1');
    const namenode = await bench.start(Object.fromEntries(conf.entries()));
    const client = bench.client(namenode);
    const deadNodes = async () => {
      const { di } = await client.call(ClientNamenode.getDatanodeReport, { type: 3 });
      return di.map(({ id }) => id.hostName);
    };
    expect(await deadNodes()).toEqual(['d1']);
    answers = { d1: [failure('EAI_AGAIN')] };
    await expect(client.call(ClientNamenode.refreshNodes, {})).rejects.toMatchObject({
      code: 'IOException',
      message: expect.stringContaining("The addresses of d1 can't be looked up"),
    });
    expect(await deadNodes()).toEqual(['d1']);
  });
});
