// Tests of the retry cache in the store: answered calls survive a restart, and old ones are removed.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../namenode/command/change.ts';
import { NamesystemDriver } from '../../../namenode/namesystem/driver.ts';
import {
  type AnsweredCall,
  AnsweredCalls,
  CALLS_KEY,
  decodeAnsweredCalls,
  encodeAnsweredCall,
} from '../../../namenode/store/answered-calls.ts';
import { RECORDS_AT } from '../../../namenode/store/journal/journal-header.ts';
import { NamespaceStore } from '../../../namenode/store/store.ts';
import { crc } from '../../../protocol/checksum/crc.ts';
import { CreateResponseProto, DeleteResponseProto } from '../../../protocol/gen/messages.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import { Harness, ROOT, unexpectedBug } from '../harness.ts';
import { journalWith, openNew } from './new-store.ts';

const MINUTE_MS = 60_000;
const CLIENT_ID = Uint8Array.from({ length: 16 }, (_, i) => 17 * i);
const call = (callId: number, answer: Uint8Array = new Uint8Array(0)): AnsweredCall => ({
  clientId: CLIENT_ID,
  callId,
  answer,
});
/** Returns the calls as plain arrays, which tests can compare by content. */
const plain = (calls: readonly AnsweredCall[]) =>
  calls.map(({ clientId, callId, answer }) => [[...clientId], callId, [...answer]]);

describe('calls as text', () => {
  const anyCall = fc.record({
    clientId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    callId: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    answer: fc.uint8Array({ maxLength: 300 }),
  });

  it('come back from UTF-8 as they were, one behind the other', () => {
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 5 }), (calls) => {
        const text = Buffer.from(calls.map(encodeAnsweredCall).join(''), 'utf8').toString('utf8');
        expect(plain(decodeAnsweredCalls(text))).toEqual(plain(calls));
      }),
    );
  });

  it('that end in the middle of a call are damaged', () => {
    const text = encodeAnsweredCall(call(1, Buffer.from('answer')));
    for (let length = 1; length < text.length; length++) {
      expect(() => decodeAnsweredCalls(text.slice(0, length))).toThrow('in the middle of a call');
    }
  });
});

describe('what level keeps of the retry cache', () => {
  const limits = { entriesMax: 20, expiryMs: 10 * MINUTE_MS };
  const apply = (level: Map<string, string>, changes: readonly Change[]) => {
    for (const change of changes) {
      if (change.type === 'put') level.set(change.key, change.value);
      else level.delete(change.key);
    }
  };
  const callsIn = (level: Map<string, string>) =>
    [...level].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, text]) => decodeAnsweredCalls(text));

  it('is one key for all calls of a transfer', () => {
    const calls = new AnsweredCalls(limits);
    calls.add([1, 2].map((id) => encodeAnsweredCall(call(id))));
    calls.add([encodeAnsweredCall(call(3))]);
    const level = new Map<string, string>();
    apply(level, calls.takeChanges(0));
    expect([level.size, callsIn(level).map((c) => c.callId)]).toEqual([1, [1, 2, 3]]);
    expect(calls.takeChanges(0)).toEqual([]);
  });

  // dfs.namenode.retrycache.expirytime.millis
  it('is gone after 10 minutes', () => {
    const calls = new AnsweredCalls(limits);
    const level = new Map<string, string>();
    for (const minute of [0, 5, 10, 14]) {
      calls.add([encodeAnsweredCall(call(minute))]);
      apply(level, calls.takeChanges(minute * MINUTE_MS));
    }
    expect(callsIn(level).map((c) => c.callId)).toEqual([5, 10, 14]);
  });

  // dfs.namenode.retrycache.heap.percent
  it('never grows beyond the limit and one transfer, over restarts too', () => {
    const level = new Map<string, string>();
    for (let restart = 0, id = 0; restart < 5; restart++) {
      const calls = new AnsweredCalls(limits);
      for (const [key, text] of [...level].sort(([a], [b]) => (a < b ? -1 : 1))) calls.load(key, text, 0);
      for (let transfer = 0; transfer < 13; transfer++) {
        calls.add([id++, id++, id++].map((n) => encodeAnsweredCall(call(n))));
        apply(level, calls.takeChanges(0));
        const ids = callsIn(level).map((c) => c.callId);
        expect(ids.length).toBeLessThan(limits.entriesMax + 3);
        expect(ids.slice(-20)).toEqual(Array.from({ length: id }, (_, i) => i).slice(-20));
      }
    }
  });
});

describe('the store', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-calls-'));
  });
  afterEach(() => fs.rm(dir, { recursive: true, force: true }));

  const at = () => path.join(dir, 'store');
  const put: Change = { type: 'put', key: 'k', value: 'v' };
  const answer = Buffer.from([0, 127, 128, 255]);

  async function restoredFrom(directory: string, clock: Clock = systemClock): Promise<number[]> {
    const store = await NamespaceStore.open(directory, { clock });
    const calls = store.takeRestoredCalls();
    for (const { clientId, answer: bytes } of calls) {
      expect([[...clientId], [...bytes]]).toEqual([[...CLIENT_ID], [...answer]]);
    }
    expect(store.takeRestoredCalls()).toEqual([]);
    const keys: string[] = [];
    await store.load((key) => keys.push(key));
    expect(keys).toEqual(['k']);
    await store.close();
    return calls.map((c) => c.callId);
  }

  it('knows the calls of its batches again: from the journal after a kill, from level then', async () => {
    const store = await openNew(at());
    expect(store.takeRestoredCalls()).toEqual([]);
    await store.commit([put], 1, call(1, answer));
    await Promise.all([store.commit([put], 2, call(2, answer)), store.commit([put], 3, call(-3, answer))]);
    await store.commit([put], 4);
    const killed = path.join(dir, 'killed');
    await fs.cp(at(), killed, { recursive: true });
    await store.close();
    for (const directory of [at(), killed, killed]) expect(await restoredFrom(directory)).toEqual([1, 2, -3]);
  });

  // An empty record of a journal without a salt: length 10, CRC32C, number. It made every later start refuse the store.
  it('takes no client id for a record of the journal', async () => {
    const store = await openNew(at());
    const record = Buffer.from('0000000a00000000000000000000', 'hex');
    // Bytes from 0x80 on would be two bytes in the journal.
    for (let number = 3; number === 3 || record.some((byte) => byte >= 0x80); number++) {
      record.writeUIntBE(number, 8, 6);
      record.writeInt32BE(crc('CRC32C', record.subarray(8)), 4);
    }
    const clientId = Buffer.concat([record, Buffer.alloc(2)]);
    await store.commit([put], 1, { clientId, callId: 1, answer });
    const killed = path.join(dir, 'killed');
    await fs.cp(at(), killed, { recursive: true });
    await store.close();
    const again = await NamespaceStore.open(killed);
    expect(again.takeRestoredCalls().map((c) => c.callId)).toEqual([1]);
    await again.close();
  });

  it('knows them when the batch was too large for the journal', async () => {
    const store = await openNew(at(), { journalBytes: RECORDS_AT + 4096 });
    await store.commit([{ ...put, value: 'x'.repeat(5000) }], 1, call(1, answer));
    const killed = path.join(dir, 'killed');
    await fs.cp(at(), killed, { recursive: true });
    await store.close();
    expect(await restoredFrom(killed)).toEqual([1]);
  });

  it('takes a disk that refused writes for no reason to forget calls', async () => {
    let refuses = false;
    const openJournal = journalWith((journal) => ({
      append: (...batch) => (refuses ? Promise.reject(new Error('No space left on device')) : journal.append(...batch)),
    }));
    const store = await openNew(at(), { openJournal });
    refuses = true;
    const recovered = new Promise<void>((resolve) => {
      store.listen({ storeFailed: () => undefined, storeRecovered: resolve });
    });
    const refused = [store.commit([put], 1, call(1, answer))];
    await Promise.allSettled(refused);
    refused.push(store.commit([put], 2, call(2, answer)));
    expect((await Promise.allSettled(refused)).map((r) => r.status)).toEqual(['rejected', 'rejected']);
    refuses = false;
    await recovered;
    await store.commit([put], 3, call(3, answer));
    await store.close();
    expect(await restoredFrom(at())).toEqual([1, 2, 3]);
  });

  // As in FSEditLog: a call that failed is not logged, so its repeat runs again.
  it('gets no call from the driver that failed, changed nothing, or has no client id', async () => {
    const store = await openNew(at());
    const { namesystem } = new Harness();
    const driver = new NamesystemDriver({
      namesystem,
      store,
      clock: systemClock,
      log: silentLogger,
      onBug: unexpectedBug,
    });
    const file = { caller: ROOT, clientName: 'c', permission: 0o644, flags: 1, createParent: true };
    const create = (callId: number, clientId = CLIENT_ID, name = '/f') => {
      const command = { ...file, op: 'create', path: name, replication: 1, blockSizeBytes: 1 << 20 } as const;
      return driver.applyAtMostOnce(command, { clientId, callId }, CreateResponseProto, (status) => ({ fs: status }));
    };
    const remove = (callId: number) => {
      const command = { op: 'delete', caller: ROOT, path: '/none', recursive: true } as const;
      return driver.applyAtMostOnce(command, call(callId), DeleteResponseProto, (result) => ({ result }));
    };
    const created = await create(1);
    await expect(create(2)).rejects.toThrow('/f');
    expect(DeleteResponseProto.decode((await remove(3)).bytes)).toEqual({ result: false });
    await create(4, new Uint8Array(0), '/g');
    await store.close();
    const again = await NamespaceStore.open(at());
    expect(plain(again.takeRestoredCalls())).toEqual(plain([call(1, created.bytes)]));
    await again.close();
  });
});

it('a batch of the journal names its calls by a key that is none of the namespace', () => {
  expect(CALLS_KEY < '0').toBe(true);
});
