// Tests of the NameNode's web server: its page, its beans and its configuration.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NameNode } from '../../../namenode/namenode.ts';
import { sizeText } from '../../../namenode/web/status-page.ts';
import { NameNodeBench } from '../namenode-bench.ts';

const bench = new NameNodeBench();
let namenode: NameNode;
let base: string;

beforeAll(async () => {
  await bench.open();
  namenode = await bench.start({ 'odd.property': '<&>' });
  base = `http://127.0.0.1:${namenode.httpAddress.port}`;
});
afterAll(() => bench.close());

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
      'Hadoop:service=NameNode,name=CalfNameDirectories',
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
