import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it } from 'vitest';
import pino from 'pino';
import { MiniCluster } from '../../cli/mini-cluster.ts';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { distProgram } from '../../conf/dist.ts';
import { randomBytes } from 'node:crypto';
import { until } from './support.ts';
it('hang', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hang-'));
  const t0 = Date.now();
  const lines: string[] = [];
  const say = (s: string) => lines.push(`${Date.now() - t0} ${s.trim().slice(0, 600)}`);
  const log = pino({ level: 'info' }, { write: (l) => say(l) });
  const cluster = await MiniCluster.start({ dir: path.join(dir, 'c'), datanodes: 2, mapreduce: false, log, properties: { 'dfs.heartbeat.interval': '1', 'dfs.client.retry.window.base': '1' } });
  const defines = Object.entries({
    'dfs.datanode.data.dir': path.join(dir, 'limited'),
    'dfs.datanode.address': '127.0.0.1:0',
    'dfs.datanode.ipc.address': '127.0.0.1:0',
    'dfs.datanode.http.address': '127.0.0.1:0',
  }).flatMap(([n, v]) => ['-D', `${n}=${v}`]);
  const limited = spawn('sh', ['-c', 'ulimit -f 2048; exec "$@"', 'sh', process.execPath, distProgram('hdfs'), 'datanode', ...defines], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, HADOOP_CONF_DIR: cluster.confDir, CALF_LOG: 'info' },
  });
  limited.stderr?.on('data', (c: Buffer) => say(`LIMITED ${c}`));
  limited.on('exit', (c, s) => say(`EXIT ${c} ${s}`));
  const [m] = await once(limited, 'message');
  say(JSON.stringify(m));
  const hdfs = new DistributedFileSystem({ conf: cluster.conf, uri: cluster.uri, explain: (l) => say(l), warn: (l) => say(`WARN ${l}`) });
  await until(async () => (await hdfs.getDatanodeReport('LIVE')).length === 3, 'three');
  const work = (async () => {
    for (let i = 0; i < 30; i++) {
      lines.splice(0, lines.length, ...lines.filter((l) => /LIMITED|EXIT/.test(l)));
      say(`round ${i}`);
      const bytes = randomBytes(5 * 2 ** 20);
      const out = await hdfs.create(`/l${i}`, { replication: 3 });
      await out.write(Buffer.from(bytes));
      await out.close();
    }
    return 'done';
  })();
  const r = await Promise.race([work, new Promise((res) => setTimeout(() => res('HANG'), 14000))]).catch((e) => String(e));
  limited.kill();
  console.log(r, '\n', lines.join('\n'));
}, 40000);
