// Tests of the encoding of hard state: records are read back as they were written, and damaged ones are named.
import { describe, expect, it } from 'vitest';
import { inodeKey } from '../../../namenode/command/change.ts';
import { newFile } from '../../../namenode/namespace/inode.ts';
import { decodeBlock, decodeCounters, decodeINode } from '../../../namenode/store/edits.ts';

const file = newFile({
  id: 16386,
  name: 'file',
  owner: 'alice',
  group: 'staff',
  permission: 0o644,
  modificationTimeMs: 0,
  accessTimeMs: 0,
  replication: 3,
  blockSizeBytes: 1048576,
});

// The fuzzer found this: JSON of another form caused a TypeError, which named neither the store nor the damaged record.
describe('a damaged record of the store is refused by its name', () => {
  it.each(['null', '7', '[]', '"x"', '{"p":16385,', ''])('an inode that is %s', (text) => {
    expect(() => decodeINode(inodeKey(16386), text, (name) => name)).toThrow(/^inode\/.* in the store is damaged: /);
  });

  it.each(['null', '{}', '1e999', '[1073741825,1001', '\u0000'])('a block that is %s', (text) => {
    expect(() => decodeBlock(text, file)).toThrow(/^A block in the store is damaged: /);
  });

  it.each(['null', '{}', '16385', '[16385,'])('counters that are %s', (text) => {
    expect(() => decodeCounters(text)).toThrow(/ in the store is damaged: /);
  });
});
