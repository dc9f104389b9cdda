/** `hdfs debug recoverLease`: takes a file from a writer that is gone. */
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { resolvePath, splitPath } from '../../client/filesystem/path-text.ts';
import { getFileSystem } from '../../client/get-file-system.ts';
import { isHadoopError, messageOf } from '../../runtime/errors.ts';
import { parseJavaInt } from '../options/numbers.ts';
import { popOption } from '../options/parse-options.ts';
import type { DebugContext } from './context.ts';

const RETRY_MS = 5000;

/** `hdfs debug recoverLease -path PATH [-retries N]`. @returns exit status */
export async function recoverLease(args: string[], context: DebugContext): Promise<number> {
  const { out, err } = context;
  const text = popOption(args, 'path');
  const retries = popOption(args, 'retries');
  if (text === undefined) {
    err('You must supply a -path argument to recoverLease.');
    return 1;
  }
  let triesMax = 1;
  try {
    if (retries !== undefined) triesMax = parseJavaInt(retries);
  } catch (e) {
    err(`Failed to parse the argument to -retries: java.lang.NumberFormatException: ${messageOf(e)}`);
    return 1;
  }
  await using fs = getFileSystem(text, context.conf);
  if (!(fs instanceof DistributedFileSystem)) {
    err(`Invalid filesystem for path ${text}: needed scheme hdfs, but got: ${fs.uri.split(':', 1)[0]}`);
    return 1;
  }
  const path = resolvePath(splitPath(text).path, fs.homeDirectory);
  for (let tries = 1; ; tries++) {
    try {
      if (await fs.recoverLease(path)) {
        out(`recoverLease SUCCEEDED on ${text}`);
        return 0;
      }
      err('recoverLease returned false.');
    } catch (e) {
      err(`recoverLease got exception: ${messageOf(e)}`);
      if (isHadoopError(e, 'FileNotFoundException')) {
        err(`Giving up on recoverLease for ${text} after 1 try`);
        return 1;
      }
    }
    if (tries >= triesMax) break;
    err(`Retrying in ${RETRY_MS} ms...`);
    await context.sleep(RETRY_MS);
    err(`Retry #${tries}`);
  }
  err(`Giving up on recoverLease for ${text} after ${triesMax} ${triesMax === 1 ? 'try.' : 'tries.'}`);
  return 1;
}
