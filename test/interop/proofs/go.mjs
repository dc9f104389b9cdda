// Proof: the Go client colinmarc/hdfs works on Calf's cluster.
import assert from 'node:assert/strict';
import path from 'node:path';
import readline from 'node:readline';
import { CalfCluster } from '../lib/calf-cluster.mjs';
import { FileSession } from '../lib/file-session.mjs';
import { Daemon, runOk, waitFor } from '../lib/processes.mjs';
import { interopDir } from '../lib/tools.mjs';

export const title = 'a Go program with colinmarc/hdfs writes and reads on our cluster, while DataNodes are killed too';
export const needs = ['go'];

export async function prove(t) {
  const program = path.join(t.dir, process.platform === 'win32' ? 'interop.exe' : 'interop');
  await t.step('go build', () =>
    runOk('go', ['build', '-mod=readonly', '-o', program, '.'], {
      cwd: path.join(interopDir, 'go'),
      timeoutMs: 300_000,
    }).then(() => undefined),
  );
  const { uri } = await t.calf();
  await t.step('writes, reads and checks', async () => {
    const { stdout } = await runOk(program, [new URL(uri).host, '/go'], { timeoutMs: 60_000 });
    return `${stdout.match(/^ok /gm).length} steps`;
  });
  await t.step('reads on from another replica when the DataNode that serves it is killed', () =>
    withCluster(path.join(t.dir, 'read'), async (cluster) => {
      const go = new GoProgram(program, cluster, 'read', path.join(t.dir, 'read-go.log'));
      await cluster.endDataNode(cluster.datanodeAt(await go.said('kill')));
      go.goOn();
      await go.said('read on from');
      assert.equal(await go.exit, 0);
    }),
  );
  // The Go client (v2.4.0) does not rebuild a pipeline: "currently has no ability to recover from write failures".
  for (const position of ['first', 'second']) {
    await t.step(`its write fails when the ${position} DataNode is killed; nothing acked is lost`, () =>
      withCluster(path.join(t.dir, position), async (cluster) => {
        const go = new GoProgram(program, cluster, 'write', path.join(t.dir, `${position}-go.log`));
        const acked = await go.said('acked');
        const first = cluster.datanodeAt(await go.said('kill'));
        const session = await FileSession.start('calf', cluster.confDir, path.join(t.dir, `${position}-calf.log`));
        // A reader sees the bytes once every DataNode has acked them.
        await waitFor('the acks', async () => (await session.sha('/written')) === acked);
        const others = cluster.writingDatanodes().filter((index) => index !== first);
        assert.equal(others.length, 2, 'the pipeline has three DataNodes');
        await cluster.endDataNode(position === 'first' ? first : others[0]);
        go.goOn();
        const failure = await go.said('failed');
        await session.recoverLease('/written');
        await waitFor('the end of the recovery', () => session.isFileClosed('/written'), { timeoutMs: 90_000 });
        await session.kill();
        go.goOn();
        const left = await go.said('left');
        assert.equal(await go.exit, 0);
        return `"${failure}"; ${left} are left`;
      }),
    );
  }
}

async function withCluster(dir, body) {
  // Fast heartbeats: a recovery whose primary is the dead DataNode begins anew after 30 of them.
  const cluster = new CalfCluster(dir, { datanodes: 4, define: { 'dfs.heartbeat.interval': '200ms' } });
  try {
    await cluster.start();
    return await body(cluster);
  } finally {
    await cluster.stop();
  }
}

/** The Go program, which prints the action that it needs and waits for a line on its stdin. */
class GoProgram {
  #daemon;
  #lines;

  constructor(program, cluster, what, logFile) {
    const args = [new URL(cluster.uri).host, what];
    this.#daemon = new Daemon(`go ${what}`, program, args, { logFile, stdin: 'pipe', stdout: 'pipe' });
    this.#lines = readline.createInterface({ input: this.#daemon.child.stdout })[Symbol.asyncIterator]();
  }

  get exit() {
    return this.#daemon.exit;
  }

  /** Waits for the program's next line, which must begin with `words`. Returns the rest of the line. */
  async said(words) {
    const { value = '' } = await this.#lines.next();
    if (!value.startsWith(`${words} `))
      throw new Error(`expected "${words}", got "${value}"\n${this.#daemon.logTail()}`);
    return value.slice(words.length + 1);
  }

  goOn() {
    this.#daemon.child.stdin.write('\n');
  }
}
