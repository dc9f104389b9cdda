// The pages of the DataNode's web server: the summary, /jmx and /conf.
import { beforeEach, describe, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { useTestBench } from '../support/bench.ts';

const bench = useTestBench();
const { start } = bench;
let datanode: DataNode;
beforeEach(async () => {
  datanode = await start();
});

describe('HTTP', () => {
  test('/jmx has the beans that monitoring reads, / a summary', async () => {
    const base = `http://${datanode.httpAddress.host}:${datanode.httpAddress.port}`;
    const { beans } = (await (await fetch(`${base}/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo`)).json()) as {
      beans: Record<string, string>[];
    };
    expect(beans).toMatchObject([{ name: 'Hadoop:service=DataNode,name=DataNodeInfo', ClusterId: 'CID-1' }]);
    expect(await (await fetch(base)).text()).toContain('DataNode on 127.0.0.1');
  });

  test('/conf shows its configuration', async () => {
    const base = `http://${datanode.httpAddress.host}:${datanode.httpAddress.port}`;
    const answer = await fetch(`${base}/conf?name=dfs.datanode.address`, { headers: { accept: 'application/json' } });
    expect(await answer.json()).toEqual({
      property: { key: 'dfs.datanode.address', value: '127.0.0.1:0', isFinal: false },
    });
  });
});
