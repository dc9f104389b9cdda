/** Expects a DataNode to end because of a bug that a test has planted. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { Bug } from '../../../runtime/bug.ts';

/** The text of the exceptions that the tests plant as bugs. */
export const PLANTED = 'planted';

/**
 * Waits until the DataNode has stopped, and expects the reason to be a bug in the operation. `volume` is the directory of
 * one of its volumes, which must be unlocked.
 */
export async function expectEndedBy(datanode: DataNode, operation: string, volume: string): Promise<void> {
  const reason = await datanode.stopped;
  expect(reason).toBeInstanceOf(Bug);
  expect(reason?.message).toContain(`A bug in ${operation}(`);
  expect(reason?.message).toContain(`ends this daemon: TypeError: ${PLANTED}`);
  await expect(fs.access(path.join(volume, 'in_use.lock'))).rejects.toThrow('ENOENT');
}
