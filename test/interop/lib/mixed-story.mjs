// Tests writers, re-replication and block recovery with DataNodes of Hadoop and of Calf. Each step compares SHA-256.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { FileSession } from './file-session.mjs';
import { MixedCluster } from './mixed-cluster.mjs';
import { waitFor } from './processes.mjs';
import { finalizedReplicas } from './replicas.mjs';

/** Length of a file of 3 blocks. */
const FILE_BYTES = 2_500_000;

const KIND_NAMES = { calf: 'ours', hadoop: "Hadoop's", jvm: 'the JVM client', own: 'our client' };
const OTHER = { jvm: 'calf', calf: 'jvm' };
const clientName = (kind) => (kind === 'jvm' ? KIND_NAMES.jvm : KIND_NAMES.own);

/**
 * @param t the proof
 * @param {'calf' | 'hadoop'} namenode
 * @param {string} file a local file of random bytes
 */
export async function mixedStory(t, namenode, file) {
  const bytes = fs.readFileSync(file);
  const sha256 = (chunk) => createHash('sha256').update(chunk).digest('hex');
  /** Offset of each file's bytes in the local file, so that no two files have an equal block. */
  const starts = new Map();
  const startOf = (name) => {
    if (!starts.has(name)) starts.set(name, starts.size * 4099);
    return starts.get(name);
  };
  const write = (session, name, from, to) => session.write(name, file, startOf(name) + from, startOf(name) + to);
  const cluster = new MixedCluster(path.join(t.dir, `mixed-${namenode}`), namenode);
  const sessions = {};
  const names = `${KIND_NAMES[namenode]} NameNode`;
  const startSession = async (kind) => {
    sessions[kind] = await FileSession.start(kind, cluster.confDir, path.join(cluster.dir, `${kind}-client.log`));
  };

  /** Runs a step of the proof. A failure shows the end of the daemons' logs. */
  const step = (name, body) =>
    t.step(`${names}: ${name}`, async () => {
      try {
        return await body();
      } catch (error) {
        error.stack += cluster.logTails();
        throw error;
      }
    });

  try {
    await step("2 of our DataNodes and 2 of Hadoop's", async () => {
      await cluster.start();
      await Promise.all(['jvm', 'calf'].map(startSession));
    });
    for (const client of ['jvm', 'calf']) {
      for (const kind of ['calf', 'hadoop']) {
        await step(`a put of ${clientName(client)} survives the death of a DataNode of ${KIND_NAMES[kind]}`, () =>
          putSurvives(client, kind),
        );
      }
      await step(`${clientName(client)} appends, flushes and truncates`, () => appends(client));
      await step(`${clientName(client)} vanishes, and the other recovers its leases`, () => vanishes(client));
    }
    await step('is killed, starts again, and has every byte', nameNodeReturns);
    for (const client of ['jvm', 'calf']) {
      await step(`a write of ${clientName(client)} waits for the restart of its only DataNode`, () => waits(client));
    }
  } finally {
    await Promise.all(Object.values(sessions).map((session) => session.kill()));
    await cluster.stop();
  }

  /** Writes a file of 3 blocks while a DataNode dies in the second one. */
  async function putSurvives(client, kind) {
    const name = `/put-${client}-${kind}`;
    const session = sessions[client];
    const midBytes = 1_500_000;
    await session.create(name, 3);
    await write(session, name, 0, midBytes);
    await session.hflush(name);
    const pipeline = (await locatedBlocks(name)).at(-1).members;
    const kinds = new Set(pipeline.map((member) => member.kind));
    assert.deepEqual([...kinds].sort(), ['calf', 'hadoop'], 'the pipeline mixes both kinds');
    const victim = pipeline.find((member) => member.kind === kind);
    await victim.daemon.kill();
    await write(session, name, midBytes, FILE_BYTES);
    await session.close(name);
    await everywhere(name, FILE_BYTES);
    const healed = await allReplicated(); // DataNodes of both kinds copy from each other
    await cluster.revive();
    await allReplicated(); // waits until the excess replicas are deleted
    return `position ${pipeline.indexOf(victim) + 1} of [${pipeline.map((m) => m.name)}]; ${healed} blocks of ${starts.size} files are back at 3 replicas`;
  }

  async function appends(client) {
    const name = `/append-${client}`;
    const session = sessions[client];
    await session.create(name, 3);
    await write(session, name, 0, 700_001);
    await session.hflush(name);
    await everywhere(name, 700_001); // while the file is being written
    await write(session, name, 700_001, 700_010);
    await session.hsync(name);
    await session.close(name);
    // Waits for all three replicas, because a close waits for the report of one only. Hadoop's NameNode appends on the
    // DataNodes it knows of and forgets the others. Their older replicas refuse a copy of the newer one, and they are
    // the only targets left when one of the four DataNodes dies.
    await replicated(name, 3);
    await session.append(name); // the last block is partial
    await write(session, name, 700_010, 1_200_000);
    await session.hflush(name);
    await everywhere(name, 1_200_000);
    await session.close(name);
    await session.appendNewBlock(name);
    await write(session, name, 1_200_000, 2_000_000);
    await session.close(name);
    await everywhere(name, 2_000_000);
    assert.equal((await locatedBlocks(name)).length, 3);
    await replicated(name, 3);
    for (const length of [1_300_000, 1_048_576, 500_001]) {
      const done = await session.truncate(name, length);
      if (!done) await waitFor('truncate', () => session.isFileClosed(name), { intervalMs: 200 });
      await everywhere(name, length);
    }
    await replicated(name, 3);
    await session.append(name); // the last block was truncated
    await write(session, name, 500_001, 900_000);
    await session.close(name);
    await everywhere(name, 900_000);
    await replicated(name, 3);
  }

  /** Kills the writer of several files, so that DataNodes of both kinds become the primary of a recovery. */
  async function vanishes(client) {
    const files = Array.from({ length: 6 }, (_, i) => ({
      name: `/vanish-${client}-${i}`,
      length: 1_000_000 + i * 77_777,
    }));
    const session = sessions[client];
    for (const { name, length } of files) {
      await session.create(name, 3);
      await write(session, name, 0, length);
      await session.hflush(name);
      await write(session, name, length, length + 10); // not flushed, so these bytes may be lost
    }
    await session.kill();
    const recoveriesBefore = ourRecoveries();
    const other = sessions[OTHER[client]];
    for (const { name } of files) {
      await waitFor(`the lease of ${name}`, () => other.recoverLease(name), { intervalMs: 300 });
    }
    await startSession(client);
    for (const { name, length } of files) {
      const { length: found } = await cluster.dfs.getFileStatus(name);
      assert.ok(found === length || found === length + 10, `${found} bytes of ${length}`);
      await everywhere(name, found);
      await replicated(name, 3);
    }
    const ours = ourRecoveries() - recoveriesBefore;
    return `${files.length} files; our DataNodes were the primary of ${ours} recoveries`;
  }

  /** Writes through a DataNode of each kind that sends OOB_RESTART, restarts, and keeps the block. */
  async function waits(client) {
    const session = sessions[client];
    const restarted = new Map();
    for (let i = 0; restarted.size < 2 && i < 20; i++) {
      const name = `/waits-${client}-${i}`;
      await session.create(name, 1);
      await write(session, name, 0, 300_000);
      await session.hflush(name);
      const [member] = (await locatedBlocks(name)).at(-1).members;
      if (!restarted.has(member.kind)) {
        await cluster.restart(member);
        restarted.set(member.kind, member.name);
      }
      await write(session, name, 300_000, 600_000);
      await session.close(name);
      await everywhere(name, 600_000);
    }
    assert.equal(restarted.size, 2, 'a DataNode of each kind');
    return [...restarted.values()].join(', ');
  }

  /** Restarts the NameNode: all DataNodes register again and report their blocks. */
  async function nameNodeReturns() {
    const lengths = new Map();
    for (const name of starts.keys()) lengths.set(name, (await cluster.dfs.getFileStatus(name)).length);
    await cluster.namenode.kill();
    cluster.startNameNode();
    const [first] = starts.keys();
    // The JVM client's first call may find its old connection broken.
    for (const session of Object.values(sessions)) {
      await waitFor('the NameNode', () => session.sha(first), { daemons: [cluster.namenode], intervalMs: 300 });
    }
    for (const [name, length] of lengths) await everywhere(name, length);
    await allReplicated();
    return `${lengths.size} files`;
  }

  /** Checks that both clients read the expected bytes. */
  async function everywhere(name, length) {
    const expected = sha256(bytes.subarray(startOf(name), startOf(name) + length));
    for (const session of Object.values(sessions)) {
      assert.equal(await session.sha(name), expected, `${name}, ${length} bytes, read by ${session.kind}`);
    }
  }

  async function locatedBlocks(name) {
    const locations = await cluster.dfs.getFileBlockLocations(name);
    return locations.map((location) => ({
      ...location,
      members: location.names.map((address) => cluster.member(Number(address.split(':').at(-1)))),
    }));
  }

  /**
   * Waits until the NameNode lists `replication` replicas of each block, on DataNodes of both kinds, and each of these
   * DataNodes has the block's bytes on its disk.
   */
  async function replicated(name, replication) {
    const blocks = await waitFor(
      `${replication} replicas of ${name}`,
      async () => {
        const located = await locatedBlocks(name);
        for (const { offset, length, members } of located) {
          const digest = sha256(bytes.subarray(startOf(name) + offset, startOf(name) + offset + length));
          const holders = members.filter((member) => member?.daemon.running && onDisk(member, length).includes(digest));
          if (holders.length === replication && new Set(holders.map((member) => member.kind)).size === 2) continue;
          const listed = (list) => list.map((member) => member?.name ?? 'none of them').join(' ');
          throw new Error(
            `at ${offset}, the NameNode knows [${listed(members)}], the bytes are on [${listed(holders)}]`,
          );
        }
        return located;
      },
      { timeoutMs: 120_000, intervalMs: 500 },
    );
    return blocks.length;
  }

  async function allReplicated() {
    let blocks = 0;
    for (const name of starts.keys()) blocks += await replicated(name, 3);
    return blocks;
  }

  /** Returns the number of block recoveries that Calf's DataNodes were told to run. */
  function ourRecoveries() {
    const logs = cluster.members.filter((m) => m.kind === 'calf').map((m) => fs.readFileSync(m.daemon.logFile, 'utf8'));
    return logs.join('').split('"recovering block"').length - 1;
  }

  /** Returns the digests of a DataNode's finalized replicas that have a given length. */
  function onDisk(member, length) {
    return finalizedReplicas(member.dir)
      .filter((replica) => fs.statSync(replica.file).size === length)
      .map((replica) => sha256(fs.readFileSync(replica.file)));
  }
}
