// The NameNode's HTTP side: its page, and its beans and configuration as tools ask for them.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { NameNode } from '../../../namenode/namenode.ts';
import { sizeText } from '../../../namenode/web/status-page.ts';
import { silentLogger } from '../../../runtime/log.ts';

let dir: string;
let namenode: NameNode;
let base: string;

beforeAll(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-nn-web-'));
  const conf = new Configuration({
    'dfs.namenode.rpc-address': '127.0.0.1:0',
    'dfs.namenode.http-address': '127.0.0.1:0',
    'dfs.namenode.name.dir': dir,
    'odd.property': '<&>',
  });
  namenode = await NameNode.start({ conf, log: silentLogger });
  base = `http://127.0.0.1:${namenode.httpAddress.port}`;
});
afterAll(async () => {
  await namenode.stop();
  await fs.rm(dir, { recursive: true, force: true });
});

describe('the NameNode’s HTTP side', () => {
  it('shows a page that people can read', async () => {
    const response = await fetch(`${base}/`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toContain(`NameNode 127.0.0.1:${namenode.rpcAddress.port}`);
    expect(page).toContain(namenode.identity.clusterId);
    expect(page).toContain('0 files, 1 directories, 0 blocks');
  });

  it('has the beans that tools ask for at /jmx', async () => {
    const beans = async (query: string) =>
      ((await (await fetch(`${base}/jmx${query}`)).json()) as { beans: Record<string, unknown>[] }).beans;
    expect((await beans('')).map((b) => b.name)).toEqual([
      'Hadoop:service=NameNode,name=FSNamesystem',
      'Hadoop:service=NameNode,name=FSNamesystemState',
      'Hadoop:service=NameNode,name=NameNodeInfo',
      'Hadoop:service=NameNode,name=NameNodeStatus',
      'java.lang:type=Memory',
    ]);
    expect(await beans('?qry=Hadoop:service=NameNode,name=NameNodeStatus')).toMatchObject([
      { NNRole: 'NameNode', State: 'active', HostAndPort: `127.0.0.1:${namenode.rpcAddress.port}` },
    ]);
    expect(await beans('?qry=Hadoop:service=NameNode,name=NameNodeInfo')).toMatchObject([
      { ClusterId: namenode.identity.clusterId, LiveNodes: '{}', Safemode: '' },
    ]);
    expect(await beans('?qry=Hadoop:service=DataNode,*')).toEqual([]);
  });

  it('gives the configuration as XML and as JSON at /conf', async () => {
    const xml = await (await fetch(`${base}/conf`)).text();
    expect(xml).toContain(
      '<property><name>odd.property</name><value>&lt;&amp;&gt;</value><final>false</final></property>',
    );
    const json = await fetch(`${base}/conf`, { headers: { accept: 'application/json' } });
    expect(((await json.json()) as { properties: unknown[] }).properties).toContainEqual({
      key: 'dfs.blocksize',
      value: '134217728',
      isFinal: false,
    });
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KB'],
    [2 ** 40, '1.0 TB'],
  ])('prints %i bytes as %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));
});
